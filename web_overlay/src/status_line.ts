// The last line of the ribbon: link and latency, mode, storage, keys, and the note to a mark.
import type { LinkState } from "./connection";
import { element, tell } from "./dom";
import { clock } from "./words";

export type Key = "m" | "q" | "d" | "p";

const KEYS: [Key, string][] = [
  ["m", "mark this moment"],
  ["q", "quiet: hide all but this line"],
  ["d", "details of the last five minutes"],
  ["p", "pop out into a window of its own"],
];
const SHAPES: Record<LinkState | "stale", string> = {
  live: "●",
  connecting: "○",
  paused: "‖",
  ended: "■",
  unauthorised: "×",
  stale: "◌",
};
const NOTE_WAITS = 8_000; // ms without a letter before a mark goes out as it is

export interface Status {
  state: LinkState;
  link: string; // "0.3 s", "no signal for 4 s"
  mode: string; // "measures only"
  stored: string; // "not stored"
  notice: string; // takes the place of mode and storage while there is something to say
}

export class StatusLine {
  readonly element: HTMLElement;
  readonly #shape = element("span", { class: "shape", "aria-hidden": "true" });
  readonly #link = element("span", { class: "link" });
  readonly #rest = element("span", { class: "rest" });
  readonly #buttons = new Map<Key, HTMLButtonElement>();
  readonly #note: HTMLFormElement;
  readonly #noteAt = element("span");
  readonly #noteText = element("input", {
    type: "text",
    maxlength: "200",
    autocomplete: "off",
    placeholder: "note, or Enter",
    "aria-label": "note to this mark, optional",
  });
  #pending: ((note: string) => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pressed: (key: Key) => void) {
    const keys = element("span", { class: "keys" });
    for (const [key, what] of KEYS) {
      const button = element(
        "button",
        { type: "button", title: `${what} (${key.toUpperCase()})`, "aria-keyshortcuts": key },
        key.toUpperCase(),
      );
      button.setAttribute("aria-label", `${key.toUpperCase()}: ${what}`);
      button.addEventListener("click", () => pressed(key));
      this.#buttons.set(key, button);
      keys.append(button);
    }
    this.#note = element("form", { class: "note", hidden: "" }, this.#noteAt, this.#noteText);
    this.#note.addEventListener("submit", (event) => {
      event.preventDefault();
      this.finishNote();
    });
    this.#noteText.addEventListener("input", () => clearTimeout(this.#timer));
    this.#noteText.addEventListener("blur", () => this.finishNote());
    const says = element("span", { class: "says" }, this.#shape, this.#link, this.#rest);
    this.element = element("div", { class: "row status" }, says, this.#note, keys);
  }

  get takingNote(): boolean {
    return this.#pending !== null;
  }

  render(status: Status, on: Partial<Record<Key, boolean>>): void {
    const shape = status.link.startsWith("no signal") ? "stale" : status.state;
    this.element.dataset.link = shape;
    tell(this.#shape, SHAPES[shape]);
    tell(this.#link, status.link);
    tell(this.#rest, status.notice || `${status.mode} · ${status.stored}`);
    this.#rest.title = this.#rest.textContent ?? "";
    for (const [key, button] of this.#buttons) {
      if (key !== "m") button.setAttribute("aria-pressed", String(on[key] ?? false));
    }
  }

  /** Ask for a note to the mark at `t_ms`; `done` is called once, whatever happens. */
  askNote(t_ms: number, done: (note: string) => void): void {
    this.finishNote();
    this.#pending = done;
    this.#noteAt.textContent = `marked ${clock(t_ms)}`;
    this.#noteText.value = "";
    this.element.classList.add("noting");
    this.#note.hidden = false;
    this.#noteText.focus({ preventScroll: true });
    this.#timer = setTimeout(() => this.finishNote(), NOTE_WAITS);
  }

  finishNote(): void {
    const done = this.#pending;
    if (!done) return;
    this.#pending = null;
    clearTimeout(this.#timer);
    const focused = this.#note.matches(":focus-within");
    this.element.classList.remove("noting");
    this.#note.hidden = true;
    if (focused) this.#buttons.get("m")?.focus({ preventScroll: true });
    done(this.#noteText.value.trim());
  }
}
