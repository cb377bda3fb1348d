// Ties it together: messages in, one drawing per update, keys, marks, alerts, pop-out.
import { AlertBox } from "./alert_box";
import { Alerts, type Answer } from "./alerts";
import { Announcer } from "./announcer";
import { Connection, type LinkState } from "./connection";
import * as cues from "./cues";
import { Details } from "./details";
import { element } from "./dom";
import { dress } from "./dress";
import { PopOut } from "./pop_out";
import { Ribbon } from "./ribbon";
import { StatusLine, type Key } from "./status_line";
import { Store } from "./store";
import type { Down, LinkChanged } from "./wire";
import { backAfter, clock, nameOf } from "./words";

export type Density = "ribbon" | "details";
export type Theme = "auto" | "light" | "dark" | "translucent";

export interface Events {
  mark: { t_ms: number; note: string };
  state: { state: LinkState; detail: string };
  "alert-answer": { kind: string; answer: Answer };
  "token-expired": null;
  token: { token: string };
  painted: { seq: number; t1_ms: number; at: number };
}

export interface Options {
  src: string;
  token: string;
  theme?: Theme;
  density?: Density;
  emit?: <K extends keyof Events>(event: K, detail: Events[K]) => void;
}

const NOTICE_STAYS = 6_000; // ms
const PAINTED = "attunement-painted";

/** Put an overlay into a shadow root. Returns the way to take it out again. */
export function mount(root: ShadowRoot, options: Options): Overlay {
  return new Overlay(root, options);
}

export class Overlay {
  readonly element = element("div", {
    class: "overlay",
    role: "group",
    "aria-label": "session signals",
  });
  readonly store = new Store();
  readonly #alerts = new Alerts();
  readonly #ribbon = new Ribbon();
  readonly #status = new StatusLine((key) => this.press(key));
  readonly #details = new Details(this.store, () => this.redraw());
  readonly #alertBox = new AlertBox((answer) => this.#answer(answer));
  readonly #announcer = new Announcer(document);
  readonly #connection: Connection;
  readonly #popOut: PopOut;
  readonly #emit: NonNullable<Options["emit"]>;
  readonly #ticking: ReturnType<typeof setInterval>;
  readonly #resized: ResizeObserver | null;

  #state: LinkState = "connecting";
  #detail = "connecting";
  #quiet = false;
  #notice = "";
  #noticeUntil = 0;
  #frame: { window: Window; id: number } | null = null; // the drawing asked for
  #painted = -1; // seq of the newest frame painted

  constructor(root: ShadowRoot, options: Options) {
    this.#emit = options.emit ?? (() => undefined);
    this.#connection = new Connection(options.src, options.token, {
      message: (message) => this.#receive(message),
      state: (state, detail) => this.#follow(state, detail),
      token: (token) => this.#emit("token", { token }),
    });
    dress(root, window);
    this.#popOut = new PopOut(this.element, root, dress, (out) => this.#moved(out));
    const ribbon = element(
      "div",
      { class: "ribbon" },
      this.#ribbon.element,
      this.#alertBox.element,
      this.#status.element,
      this.#announcer.element,
    );
    this.element.append(ribbon, this.#details.element);
    this.element.addEventListener("keydown", this.#keydown);
    root.append(this.element);
    this.theme = options.theme ?? "auto";
    this.density = options.density ?? "ribbon";
    this.#resized = globalThis.ResizeObserver ? new ResizeObserver(() => this.redraw()) : null;
    this.#resized?.observe(this.element);
    this.#ticking = setInterval(() => this.#tick(), 1000);
    window.addEventListener("pagehide", this.#leave);
    this.#connection.open();
  }

  unmount(): void {
    this.#leave();
    this.#popOut.back();
    window.removeEventListener("pagehide", this.#leave);
    clearInterval(this.#ticking);
    this.#resized?.disconnect();
    this.#frame?.window.cancelAnimationFrame(this.#frame.id);
    this.#connection.close();
    this.#details.destroy();
    this.element.remove();
  }

  set theme(theme: Theme) {
    this.element.dataset.theme = theme;
  }

  set density(density: Density) {
    this.#details.element.hidden = density !== "details";
    this.element.dataset.density = density;
    this.redraw();
  }

  get density(): Density {
    return this.#details.element.hidden ? "ribbon" : "details";
  }

  authorise(token: string): void {
    this.#connection.authorise(token);
  }

  /** What a key or its button does. */
  press(key: Key): void {
    if (key === "m") this.#mark();
    else if (key === "q") this.#hush(!this.#quiet);
    else if (key === "d") this.density = this.#details.element.hidden ? "details" : "ribbon";
    else void this.#pop();
  }

  /** Handle a key that was pressed outside, for a page that is all overlay. */
  readonly #keydown = (event: KeyboardEvent): void => this.handle(event);

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (this.#status.takingNote) {
      if (key === "escape") this.#status.finishNote();
      return;
    }
    if (key === "escape") this.#back();
    else if (["m", "q", "d", "p"].includes(key) && !event.repeat) this.press(key as Key);
    else return;
    event.preventDefault();
  }

  /** Draw at the next frame of the window the overlay is in; asked twice, drawn once. */
  redraw(): void {
    const view = this.element.ownerDocument.defaultView;
    if (this.#frame || !view) return;
    this.#frame = { window: view, id: view.requestAnimationFrame(() => this.#draw()) };
  }

  #receive(message: Down): void {
    this.store.receive(message, performance.now());
    if (message.type === "alert.raised") {
      this.#alerts.offer(message, this.store.sessionTime(performance.now()) ?? message.t_ms);
      if (this.#alerts.current?.id === message.id && !this.#quiet) {
        this.#announcer.say(`${message.text}: ${message.reason}`, performance.now());
      }
    } else if (message.type === "mark.added") {
      this.#emit("mark", { t_ms: message.t_ms, note: message.note });
    } else if (message.type === "link.changed") this.#welcomeBack(message);
    else if (message.type === "error") this.#tell(message.text);
    this.redraw();
  }

  /** Said once, while it is news; a replayed one is only drawn. */
  #welcomeBack({ participant, link, t_ms, gap_ms }: LinkChanged): void {
    const now = this.store.sessionTime(performance.now());
    if (link !== "up" || now === null || now - t_ms > NOTICE_STAYS) return;
    const role = this.store.people[participant];
    const who = role === "therapist" ? "you are" : `${nameOf(participant, "patient")} is`;
    this.#tell(backAfter(who, gap_ms));
  }

  #follow(state: LinkState, detail: string): void {
    this.#state = state;
    this.#detail = detail;
    this.element.dataset.state = state;
    this.#emit("state", { state, detail });
    if (state === "unauthorised") this.#emit("token-expired", null);
    this.redraw();
  }

  #tick(): void {
    const now = performance.now();
    const stale = cues.staleFor(this.store, now) > 0;
    if (stale || this.element.dataset.stale === "true" || this.#notice) this.redraw();
    if (this.#state === "live" && !this.#quiet)
      this.#announcer.offer(cues.spoken(this.store, now), now);
  }

  #draw(): void {
    this.#frame = null;
    const now = performance.now();
    const stale = cues.staleFor(this.store, now);
    if (this.#notice && now > this.#noticeUntil) this.#notice = "";
    this.element.dataset.stale = String(stale > 0);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.#quiet) {
      this.#ribbon.render(this.store, this.#nothing(stale), still);
      this.#details.render(stale > 0 || this.#state !== "live");
    }
    this.#alertBox.render(this.#quiet ? null : this.#alerts.current);
    this.#status.render(
      {
        state: this.#state,
        link: this.#link(stale),
        mode: this.store.policy?.mode === "inference" ? "infers" : "measures only",
        stored: this.store.policy?.stored ? "stored" : "not stored",
        notice: this.#notice,
      },
      { q: this.#quiet, d: this.density === "details", p: this.#popOut.open },
    );
    this.#afterPaint();
  }

  /** Says when the newest frame reached the screen, for those who measure. */
  #afterPaint(): void {
    const { newest } = this.store;
    if (!newest || newest.seq === this.#painted) return;
    this.#painted = newest.seq;
    const channel = new MessageChannel(); // its message comes after this frame's painting
    channel.port1.onmessage = () => {
      channel.port1.close();
      performance.clearMarks(PAINTED);
      performance.mark(PAINTED, { detail: newest.seq });
      this.element.dataset.seq = String(newest.seq);
      this.#emit("painted", { seq: newest.seq, t1_ms: newest.t1_ms, at: Date.now() });
    };
    channel.port2.postMessage(null);
  }

  #nothing(stale: number): string {
    if (this.#state === "unauthorised") return "not allowed in";
    if (this.#state === "paused") return this.#detail || "paused";
    if (this.#state === "ended") return "the session has ended";
    if (stale > 0) return `no signal for ${stale} s`;
    if (!this.store.newest) return this.#detail || "waiting for the first second";
    return "";
  }

  #link(stale: number): string {
    if (stale > 0) return `no signal for ${stale} s`;
    if (this.#state !== "live") return this.#detail || this.#state;
    const total = this.store.newest?.lat_ms.total;
    if (!this.store.newest) return "waiting";
    return typeof total === "number" ? `${(total / 1000).toFixed(1)} s` : "live";
  }

  #mark(): void {
    if (this.#status.takingNote) return;
    const t_ms = this.store.sessionTime(performance.now());
    if (t_ms === null) return this.#tell("no session time to mark yet");
    this.#status.askNote(t_ms, (note) => {
      this.#connection.send(note ? { type: "mark.add", t_ms, note } : { type: "mark.add", t_ms });
      this.#tell(`marked ${clock(t_ms)}`);
    });
  }

  #hush(quiet: boolean): void {
    this.#quiet = quiet;
    this.element.classList.toggle("quiet", quiet);
    this.#announcer.say(
      quiet ? "quiet" : cues.spoken(this.store, performance.now()),
      performance.now(),
    );
    this.redraw();
  }

  #back(): void {
    if (this.#details.back()) return;
    if (this.#popOut.open) this.#popOut.back();
    else if (this.density === "details") this.density = "ribbon";
    else if (this.#quiet) this.#hush(false);
  }

  async #pop(): Promise<void> {
    if (this.#popOut.open) return this.#popOut.back();
    const opened = await this.#popOut.out(this.density === "details");
    if (!opened) this.#tell("the browser allowed no window");
  }

  #moved(out: boolean): void {
    this.#frame?.window.cancelAnimationFrame(this.#frame.id);
    this.#frame = null;
    const view = this.element.ownerDocument.defaultView;
    if (out) view?.addEventListener("keydown", (event) => this.handle(event));
    view?.addEventListener("resize", () => this.redraw());
    this.redraw();
  }

  #answer(answer: Answer): void {
    const alert = this.#alerts.answer(answer);
    if (!alert) return;
    this.#connection.send({ type: "alert.answer", alert: alert.id, answer });
    this.#emit("alert-answer", { kind: alert.kind, answer });
    if (this.#alerts.notice) this.#tell(this.#alerts.notice);
    this.redraw();
  }

  #tell(notice: string): void {
    this.#notice = notice;
    this.#noticeUntil = performance.now() + NOTICE_STAYS;
    this.#announcer.say(notice, performance.now());
    this.redraw();
  }

  /** The page goes away: a mark whose note is being written goes out as it is. */
  readonly #leave = (): void => this.#status.finishNote();
}
