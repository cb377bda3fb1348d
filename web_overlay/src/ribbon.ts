// The ribbon: four quiet lines, always in the same place.
import { BalanceBar } from "./balance_bar";
import * as cues from "./cues";
import { element, tell } from "./dom";
import { FaceGlyph } from "./face_glyph";
import type { Store } from "./store";
import { VoiceLine } from "./voice_line";
import { nameOf } from "./words";

export class Ribbon {
  readonly element: HTMLElement;
  readonly #bar = new BalanceBar();
  readonly #line = new VoiceLine();
  readonly #glyph = new FaceGlyph();
  readonly #patient = element("span", { class: "name patient" }, "patient");
  readonly #numbers = element("b", {}, "–");
  readonly #voice = element("span", { class: "words" });
  readonly #face = element("span", { class: "words" });
  #drawn = 0; // seq of the last drawing

  constructor() {
    const minute = element("span", { class: "minute" }, "last min ", this.#numbers);
    const you = element("span", { class: "name therapist" }, "you");
    this.element = element(
      "div",
      { class: "cues" },
      element("div", { class: "row talk" }, you, this.#bar.element, this.#patient, minute),
      element("div", { class: "row voice" }, label("voice"), this.#line.element, this.#voice),
      element("div", { class: "row face" }, label("face"), this.#glyph.element, this.#face),
    );
  }

  /** `nothing` says why there is nothing to show, "" where there is. */
  render(store: Store, nothing: string, still: boolean): void {
    const id = cues.patientOf(store);
    const name = id === null ? "patient" : nameOf(id, "patient");
    tell(this.#patient, name);
    this.#patient.title = name;
    this.element.classList.toggle("empty", nothing !== "");
    const seq = store.newest?.seq ?? 0;
    if (nothing) this.#renderNothing(nothing);
    else this.#renderCues(store, id, name, seq, still);
    this.#drawn = seq;
  }

  #renderCues(store: Store, id: string | null, name: string, seq: number, still: boolean): void {
    const balance = cues.balance(store, name);
    const voice = cues.voice(store, id);
    const face = cues.face(store, id);
    this.#bar.render(balance);
    tell(this.#numbers, balance.text);
    this.#line.render(voice.points, seq - this.#drawn, still);
    say(this.#voice, voice.words);
    this.#glyph.render(face);
    say(this.#face, face.words);
  }

  #renderNothing(why: string): void {
    this.#bar.render({ parts: null, session: null, text: "–", sentence: why });
    tell(this.#numbers, "–");
    this.#line.render([], 0, true);
    say(this.#voice, why);
    this.#glyph.render({ present: false, yaw: 0, pitch: 0, words: "" });
    say(this.#face, "–");
  }
}

function label(text: string): HTMLElement {
  return element("span", { class: "label" }, text);
}

/** Words that may be cut short say the whole on hover. */
function say(node: HTMLElement, words: string): void {
  tell(node, words);
  if (node.title !== words) node.title = words;
}
