// Publishes one stream over WHIP (RFC 9725), and comes back under the same name when the way breaks.
import { passing, Pulse, wait } from "./patience";
import { answered, UNREACHABLE } from "./sentences";

export type PublishState = "connecting" | "live" | "reconnecting" | "failed" | "stopped";

/** Milliseconds. */
export const WHIP_TIMES = {
  gathering: 500, // what is found later goes in a PATCH
  patience: 2_000, // a way that is "disconnected" often mends itself
  connecting: 6_000, // from the answer to a way that works
  pulse: 500, // how often it is looked at
  request: 4_000,
};

export interface Publishing {
  address: string; // …/whip/{session}/{participant}
  token: () => string; // the newest one
  stream: MediaStream;
  state: (state: PublishState, problem: string) => void;
}

class Refused extends Error {
  constructor(readonly status: number) {
    super(answered(status));
  }
}

export class Whip {
  #peer: RTCPeerConnection | null = null;
  #resource = ""; // where the gateway put this publication
  #etag = "*";
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #attempts = 0;
  #stopped = false;
  #late: RTCIceCandidate[] = [];

  constructor(private readonly publishing: Publishing) {}

  async start(): Promise<void> {
    window.addEventListener("online", this.#online);
    await this.#try();
  }

  async #try(): Promise<void> {
    this.publishing.state(this.#attempts ? "reconnecting" : "connecting", "");
    const before = this.#peer;
    const peer = (this.#peer = new RTCPeerConnection());
    try {
      await this.#publish(peer);
    } catch (error) {
      if (!this.#stopped && peer === this.#peer) this.#failed(error);
    }
    // Only now: to the gateway, a way that is closed before another is open is a person who left.
    before?.close();
    if (peer !== this.#peer) peer.close();
  }

  /** Put another device's track in the place of the one that is sent. */
  async replace(track: MediaStreamTrack): Promise<void> {
    const sender = this.#peer?.getSenders().find((each) => each.track?.kind === track.kind);
    await sender?.replaceTrack(track);
  }

  /** Take the publication back; works while the page is being closed, too. */
  stop(): void {
    if (this.#stopped) return;
    this.#end();
    this.publishing.state("stopped", "");
  }

  async #publish(peer: RTCPeerConnection): Promise<void> {
    for (const track of this.publishing.stream.getTracks()) {
      peer.addTransceiver(track, { direction: "sendonly", streams: [this.publishing.stream] });
    }
    peer.onconnectionstatechange = () => this.#moved(peer);
    peer.onicecandidate = ({ candidate }) => candidate && this.#found(candidate);
    await peer.setLocalDescription();
    await gathered(peer);
    this.#late = [];
    this.#resource = ""; // what is found from now on is not of the way of before
    const response = await this.#request(this.publishing.address, "POST", "application/sdp", {
      body: peer.localDescription!.sdp,
    });
    const location = response.headers.get("Location");
    const resource = location ? new URL(location, this.publishing.address).href : "";
    if (this.#stopped || peer !== this.#peer) return this.#delete(resource);
    this.#resource = resource;
    this.#etag = response.headers.get("ETag") ?? "*";
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    this.#trickle(peer);
    if (peer.connectionState !== "connected") {
      this.#retry = setTimeout(() => this.#again(0), WHIP_TIMES.connecting);
    }
  }

  #found(candidate: RTCIceCandidate): void {
    this.#late.push(candidate);
    if (this.#resource && this.#peer) this.#trickle(this.#peer);
  }

  #trickle(peer: RTCPeerConnection): void {
    if (this.#late.length === 0 || !peer.localDescription) return;
    const body = fragment(peer.localDescription.sdp, this.#late);
    this.#late = [];
    const headers = { "If-Match": this.#etag };
    const type = "application/trickle-ice-sdpfrag";
    // A gateway that takes no more candidates has those of the offer; media decide whether it is enough.
    this.#request(this.#resource, "PATCH", type, { body, headers }).catch(() => undefined);
  }

  #moved(peer: RTCPeerConnection): void {
    if (peer !== this.#peer) return;
    if (peer.connectionState === "connected") {
      clearTimeout(this.#retry);
      this.#attempts = 0;
      this.#watch(peer);
      this.publishing.state("live", "");
    } else if (["failed", "closed"].includes(peer.connectionState)) this.#again(0);
    else if (peer.connectionState === "disconnected") this.#again(WHIP_TIMES.patience);
  }

  /** A browser takes 15 s to call a way failed; that nothing comes back tells much sooner. */
  #watch(peer: RTCPeerConnection): void {
    const pulse = new Pulse();
    clearInterval(this.#pulse);
    this.#pulse = setInterval(async () => {
      const bytes = await received(peer);
      if (peer === this.#peer && pulse.lost(bytes, performance.now())) this.#again(0);
    }, WHIP_TIMES.pulse);
  }

  /** Back on a network, maybe another one: the way of before may not lead anywhere. */
  readonly #online = (): void => this.#again(0);

  /** Same person, same tracks, another way: the session goes on where it is. */
  #again(wait: number): void {
    if (this.#stopped) return;
    this.#attempts += 1;
    this.publishing.state("reconnecting", "");
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    this.#retry = setTimeout(() => void this.#try(), wait);
  }

  #failed(error: unknown): void {
    const status = error instanceof Refused ? error.status : 0;
    if (!passing(status)) {
      this.#end();
      return this.publishing.state("failed", (error as Error).message);
    }
    this.#again(wait(this.#attempts, status));
    this.publishing.state("reconnecting", status ? answered(status) : UNREACHABLE);
  }

  #end(): void {
    this.#stopped = true;
    window.removeEventListener("online", this.#online);
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    this.#delete(this.#resource);
    this.#resource = "";
    this.#peer?.close();
    this.#peer = null;
  }

  #delete(resource: string): void {
    if (!resource) return;
    const headers = { Authorization: `Bearer ${this.publishing.token()}` };
    fetch(resource, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);
  }

  async #request(
    address: string,
    method: string,
    type: string,
    more: { body: string; headers?: Record<string, string> },
  ): Promise<Response> {
    const response = await fetch(address, {
      method,
      body: more.body,
      headers: {
        Authorization: `Bearer ${this.publishing.token()}`,
        "Content-Type": type,
        ...more.headers,
      },
      signal: AbortSignal.timeout(WHIP_TIMES.request),
    });
    if (!response.ok) throw new Refused(response.status);
    return response;
  }
}

/** Bytes that came back over the way: reports and answers, as nobody sends us media. */
async function received(peer: RTCPeerConnection): Promise<number> {
  let bytes = 0;
  for (const stat of (await peer.getStats()).values()) {
    if (stat.type === "transport") bytes += stat.bytesReceived ?? 0;
  }
  return bytes;
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      clearTimeout(timer);
      peer.removeEventListener("icegatheringstatechange", check);
      done();
    };
    const check = (): void => {
      if (peer.iceGatheringState === "complete") finish();
    };
    const timer = setTimeout(finish, WHIP_TIMES.gathering);
    peer.addEventListener("icegatheringstatechange", check);
    check();
  });
}

/** Candidates as RFC 8840 writes them, by media line. */
export function fragment(
  sdp: string,
  candidates: { candidate: string; sdpMid: string | null }[],
): string {
  const line = (name: string) => new RegExp(`^a=${name}:.*$`, "m").exec(sdp)?.[0] ?? "";
  const mids = [...new Set(candidates.map(({ sdpMid }) => sdpMid ?? "0"))];
  const media = [...sdp.matchAll(/^m=.*$/gm)].map(([m]) => m.trim());
  const lines = [line("ice-ufrag").trim(), line("ice-pwd").trim()];
  for (const mid of mids) {
    lines.push(media[Number(mid)] ?? media[0], `a=mid:${mid}`);
    for (const { candidate, sdpMid } of candidates) {
      if ((sdpMid ?? "0") === mid) lines.push(`a=${candidate}`);
    }
  }
  return lines.map((each) => `${each}\r\n`).join("");
}
