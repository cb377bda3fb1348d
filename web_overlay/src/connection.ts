// Keeps one websocket to a session alive: tickets, renewal, resume, back-off.
import {
  decode,
  encode,
  SUBPROTOCOLS,
  type Down,
  type SessionHello,
  type SessionState,
  type Up,
} from "./wire";

export type LinkState = "connecting" | "live" | "paused" | "ended" | "unauthorised";

export interface Listener {
  message(message: Down): void;
  state(state: LinkState, detail: string): void;
  /** The token was renewed; the old one ends soon. */
  token(token: string): void;
}

/** Milliseconds. */
export const TIMES = {
  firstRetry: 500,
  lastRetry: 10_000,
  handshake: 8_000,
  silence: 15_000, // a live socket that says nothing for so long is dead, whatever it claims
  renewal: 300_000,
};
const MOST_UNSENT = 32;

interface Ticket {
  ticket: string;
  token?: string;
  expires_in?: number; // s
}

class Refused extends Error {}
class Over extends Error {}

/** ws://host/signals/ID -> http://host/sessions/ID/tickets, any prefix kept. */
export function ticketAddress(src: string): string {
  const url = new URL(src);
  url.protocol = url.protocol.replace("ws", "http");
  const parts = url.pathname.split("/");
  const id = parts.pop() || parts.pop();
  url.pathname = [...parts.slice(0, parts.lastIndexOf("signals")), "sessions", id, "tickets"].join(
    "/",
  );
  url.search = url.hash = "";
  return url.href;
}

export class Connection {
  #socket: WebSocket | null = null;
  #closed = true;
  #ended = false;
  #attempts = 0;
  #seq = 0; // of the newest frame seen; 0 asks for the last five minutes
  #event = 0; // of the newest reliable message seen
  #told = 0; // of the newest reliable message when the hello was written
  #retry: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #unsent: Up[] = [];
  #state: LinkState = "connecting";
  #run = 0; // tells the answers of an abandoned attempt from those of the present one

  constructor(
    readonly src: string,
    private token: string,
    private readonly listener: Listener,
  ) {}

  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    window.addEventListener("online", this.#online);
    void this.#attempt();
  }

  close(): void {
    this.#closed = true;
    window.removeEventListener("online", this.#online);
    this.#drop();
  }

  /** A new token from the host, for instance after `unauthorised`. */
  authorise(token: string): void {
    this.token = token;
    if (!this.#closed && this.#state === "unauthorised") void this.#attempt();
  }

  /** Send now, or as soon as the socket is back; the oldest unsent goes when too many wait. */
  send(message: Up): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(encode(message, this.#socket.protocol));
      return;
    }
    this.#unsent.push(message);
    if (this.#unsent.length > MOST_UNSENT) this.#unsent.shift();
  }

  #online = (): void => {
    if (this.#retry !== undefined) void this.#attempt();
  };

  async #attempt(): Promise<void> {
    this.#drop();
    const run = ++this.#run;
    this.#tell("connecting", this.#attempts === 0 ? "connecting" : "reconnecting");
    try {
      const { ticket } = await this.#fetchTicket();
      if (this.#closed || run !== this.#run) return;
      this.#connect(ticket);
    } catch (error) {
      if (this.#closed || run !== this.#run) return;
      if (error instanceof Refused) this.#tell("unauthorised", "not allowed in");
      else if (error instanceof Over) this.#tell("ended", "");
      else this.#later(error instanceof Error && error.message === "404" ? "no such session" : "");
    }
  }

  async #fetchTicket(): Promise<Ticket> {
    const response = await fetch(ticketAddress(this.src), {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(TIMES.handshake),
    });
    if (response.status === 401 || response.status === 403) throw new Refused();
    if (response.status === 409) throw new Over();
    if (!response.ok) throw new Error(String(response.status));
    const ticket = (await response.json()) as Ticket;
    this.#renew(ticket);
    return ticket;
  }

  #renew({ token, expires_in }: Ticket): void {
    if (token && token !== this.token) {
      this.token = token;
      this.listener.token(token);
    }
    clearTimeout(this.#renewal);
    if (this.#closed) return;
    const wait = Math.min(TIMES.renewal, ((expires_in ?? 600) * 1000) / 2);
    this.#renewal = setTimeout(() => {
      // A failure here is harmless: the token has half its life left, so try again in half of that.
      this.#fetchTicket().catch(() => this.#renew({ ticket: "", expires_in: wait / 1000 }));
    }, wait);
  }

  #connect(ticket: string): void {
    const url = new URL(this.src);
    url.searchParams.set("ticket", ticket);
    url.searchParams.set("seq", String(this.#seq));
    url.searchParams.set("event", String(this.#event));
    const socket = new WebSocket(url, SUBPROTOCOLS);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#expect(TIMES.handshake);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#receive(event.data);
    socket.onclose = () => this.#lost(socket);
  }

  #receive(data: string | ArrayBuffer): void {
    const message = decode(data);
    if (!message) return;
    if (message.type === "signal.frame") this.#seq = Math.max(this.#seq, message.seq);
    else if (message.type === "session.hello") this.#welcome(message);
    else if (message.type !== "error") {
      this.#event = Math.max(this.#event, message.id);
      // The hello told the outcome of what came before it; only marks and alerts are news.
      const known = message.id <= this.#told;
      if (known && (message.type === "session.state" || message.type === "consent.changed")) return;
    }
    this.listener.message(message);
    if (message.type === "session.hello" || message.type === "session.state") {
      this.#follow(message.state);
    }
    this.#expect(message.type === "signal.frame" ? TIMES.silence : null);
  }

  #follow(state: SessionState): void {
    this.#ended = state === "ended";
    if (state === "invited") this.#tell("paused", "waiting for the call");
    else this.#tell(state, "");
  }

  #welcome({ id, seq }: SessionHello): void {
    this.#attempts = 0;
    this.#told = id;
    if (seq < this.#seq) this.#seq = 0; // another run of the session: begin again
    const unsent = this.#unsent;
    this.#unsent = [];
    unsent.forEach((message) => this.send(message));
  }

  #expect(within: number | null): void {
    clearTimeout(this.#silence);
    if (within === null) return;
    this.#silence = setTimeout(() => this.#socket && this.#lost(this.#socket), within);
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket || this.#closed) return;
    this.#drop();
    if (!this.#ended) this.#later("");
  }

  #later(detail: string): void {
    const wait = Math.min(TIMES.lastRetry, TIMES.firstRetry * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#tell("connecting", detail || "reconnecting");
    this.#retry = setTimeout(() => void this.#attempt(), wait * (0.5 + Math.random() / 2));
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    if (this.#closed) clearTimeout(this.#renewal);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #tell(state: LinkState, detail: string): void {
    this.#state = state;
    this.listener.state(state, detail);
  }
}
