// The page that sends a camera and a microphone, or a tab, and asks what may be measured.
import { Consent, GROUPS, keeping, receipt } from "../capture/consent";
import { Meter } from "../capture/meter";
import { Renewal } from "../capture/renewal";
import { failedToGet, NO_LINK, NO_SOUND, SHARE_ENDED } from "../capture/sentences";
import { get, listDevices, type Source } from "../capture/sources";
import { Whip, type PublishState } from "../capture/whip";
import { fragment, gateway, keepToken } from "./fragment";

const by = <E extends HTMLElement>(id: string) => document.querySelector<E>(`#${id}`)!;
const given = fragment("capture");
const session = given.get("session") ?? "";
const participant = given.get("participant") ?? "";
const path = `${encodeURIComponent(session)}/`;
const who = encodeURIComponent(participant);

const renewal = new Renewal(gateway(`sessions/${path}tickets`), given.get("token") ?? "", (token) =>
  keepToken("capture", session, token),
);
const token = (): string => renewal.token;
const consent = new Consent(gateway(`sessions/${path}consent/${who}`), token);
const meter = new Meter(by<HTMLMeterElement>("meter"));
let whip: Whip | null = null;
let stream: MediaStream | null = null;
const off = { audio: false, video: false }; // switched off by the person

const STATUS: Record<PublishState, string> = {
  connecting: "connecting",
  live: "sending",
  reconnecting: "connection lost, trying again",
  failed: "not sending",
  stopped: "not sending",
};

function complain(text: string): void {
  by("problem").textContent = text;
  by("problem").hidden = text === "";
}

function source(): Source {
  return by("source").querySelector<HTMLInputElement>("input:checked")!.value as Source;
}

function follow(state: PublishState, problem: string): void {
  const shown = state === "live" && consent.paused ? "paused" : state;
  document.body.dataset.state = shown === "stopped" ? "idle" : shown;
  by("status").textContent = shown === "paused" ? "paused: nothing is measured" : STATUS[state];
  if (problem || state === "live") complain(problem);
  if (state === "failed") release();
}

/** Switched off means exact silence and exact black, which the gateway knows for what they are. */
function applySwitches(): void {
  for (const track of stream?.getTracks() ?? []) {
    track.enabled = !consent.paused && !off[track.kind as "audio" | "video"];
  }
  press("mute", off.audio, off.audio ? "Microphone muted" : "Mute microphone");
  press("dark", off.video, off.video ? "Camera is off" : "Camera off");
  press("pause", consent.paused, consent.paused ? "Resume measuring" : "Pause measuring");
  const cover = consent.paused ? "Paused" : off.video ? "Camera off" : "Nothing is sent yet";
  by("cover").textContent = cover;
  by("cover").hidden = stream !== null && !off.video && !consent.paused;
}

function press(id: string, pressed: boolean, text: string): void {
  by(id).setAttribute("aria-pressed", String(pressed));
  by(id).textContent = text;
}

async function start(): Promise<void> {
  complain("");
  const chosen = source();
  document.body.dataset.source = chosen;
  by<HTMLButtonElement>("start").disabled = true;
  try {
    const camera = by<HTMLSelectElement>("camera").value;
    stream = await get(chosen, camera, by<HTMLSelectElement>("microphone").value);
  } catch (error) {
    by<HTMLButtonElement>("start").disabled = false;
    return complain(failedToGet(chosen, error));
  }
  if (chosen === "tab" && stream.getAudioTracks().length === 0) complain(NO_SOUND);
  for (const track of stream.getTracks()) mind(track);
  by<HTMLVideoElement>("preview").srcObject = stream;
  meter.start(stream);
  running(true);
  applySwitches();
  await listDevices(by("camera"), by("microphone"));
  const address = gateway(`whip/${path}${who}`);
  whip = new Whip({ address, token, stream, state: follow });
  await whip.start();
}

/** A device that is pulled out is replaced by one that is there; a share that ends is the end. */
function mind(track: MediaStreamTrack): void {
  track.addEventListener("ended", () => {
    if (source() !== "tab") return void changeDevice();
    if (track.kind !== "video") return;
    stop();
    complain(SHARE_ENDED);
  });
}

function stop(): void {
  whip?.stop();
  release();
}

/** Give the devices back. */
function release(): void {
  whip = null;
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  by<HTMLVideoElement>("preview").srcObject = null;
  meter.stop();
  running(false);
  applySwitches();
}

function running(on: boolean): void {
  by("start").hidden = on;
  by("stop").hidden = !on;
  by<HTMLButtonElement>("start").disabled = false;
  by<HTMLFieldSetElement>("source").disabled = on;
  for (const id of ["mute", "dark"]) by<HTMLButtonElement>(id).disabled = !on;
}

/** Another camera or microphone while sending takes the place of the one before. */
async function changeDevice(): Promise<void> {
  if (!stream || !whip) return;
  try {
    const camera = by<HTMLSelectElement>("camera").value;
    const next = await get("camera", camera, by<HTMLSelectElement>("microphone").value);
    for (const track of next.getTracks()) await whip.replace(track);
    stream.getTracks().forEach((track) => track.stop());
    // The WHIP client adds this stream's tracks again when it has to come back.
    for (const track of stream.getTracks()) stream.removeTrack(track);
    for (const track of next.getTracks()) {
      stream.addTrack(track);
      mind(track);
    }
    meter.start(stream);
    applySwitches();
  } catch (error) {
    complain(failedToGet("camera", error));
  }
}

async function devicesChanged(): Promise<void> {
  await listDevices(by("camera"), by("microphone"));
  const gone = stream?.getTracks().some((track) => track.readyState === "ended");
  if (gone && source() === "camera") await changeDevice();
}

function showConsent(): void {
  for (const input of by("groups").querySelectorAll("input")) {
    input.checked = consent.groups.includes(input.value);
    input.disabled = consent.paused;
  }
  const titles = GROUPS.filter(([group]) => consent.groups.includes(group)).map(
    ([, title]) => title,
  );
  const now = titles.length
    ? `Measured now: ${titles.join(", ").toLowerCase()}.`
    : "Nothing is measured now.";
  by("now").textContent = consent.paused ? "Paused: nothing is measured now." : now;
  by("kept").textContent = keeping(consent.stored);
  by<HTMLButtonElement>("pause").disabled = false;
  applySwitches();
  if (document.body.dataset.state === "live" || document.body.dataset.state === "paused")
    follow("live", "");
}

/** Ask the gateway first; a switch shows what is in force, not what was wished for. */
async function agree(change: Promise<void>): Promise<void> {
  try {
    await change;
    showConsent();
  } catch (error) {
    showConsent();
    complain((error as Error).message);
  }
}

function buildGroups(): void {
  for (const [group, title, text] of GROUPS) {
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", value: group, disabled: true });
    input.setAttribute("role", "switch");
    input.addEventListener("change", () => void agree(consent.set(group, input.checked)));
    const label = document.createElement("label");
    const [name, small] = [document.createElement("b"), document.createElement("small")];
    [name.textContent, small.textContent] = [title, text];
    label.append(name, input, small);
    const item = document.createElement("li");
    item.append(label);
    by("groups").append(item);
  }
}

function saveReceipt(): void {
  const file = new Blob([receipt(consent, participant, session)], { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "receipt.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}

function wire(): void {
  by("start").addEventListener("click", () => void start());
  by("stop").addEventListener("click", stop);
  for (const [id, kind] of [
    ["mute", "audio"],
    ["dark", "video"],
  ] as const) {
    by(id).addEventListener("click", () => {
      off[kind] = !off[kind];
      applySwitches();
    });
  }
  by("pause").addEventListener("click", () => {
    void agree(consent.paused ? consent.resume() : consent.pause());
  });
  by("receipt").addEventListener("click", saveReceipt);
  for (const id of ["camera", "microphone"])
    by(id).addEventListener("change", () => void changeDevice());
  by("source").addEventListener("change", () => {
    by("devices").hidden = source() === "tab";
    by("tab-hint").hidden = source() !== "tab";
  });
  window.addEventListener("pagehide", stop);
  navigator.mediaDevices?.addEventListener("devicechange", () => void devicesChanged());
}

buildGroups();
wire();
if (given.get("source") === "tab")
  by("source").querySelector<HTMLInputElement>("[value=tab]")!.click();
if (!session || !participant || !token()) {
  complain(NO_LINK);
  by<HTMLButtonElement>("start").disabled = true;
} else {
  void agree(consent.load());
  if (navigator.mediaDevices) void listDevices(by("camera"), by("microphone"));
  if (given.get("autostart") === "1") void start();
}
