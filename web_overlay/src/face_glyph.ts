// A small head that turns as the patient's does; a broken outline where no face is seen.
import type { Face } from "./cues";
import { drawing } from "./dom";

const TURN = 40; // degrees that bring the gaze to the edge

export class FaceGlyph {
  readonly element: SVGElement;
  readonly #gaze: SVGElement;

  constructor() {
    const outline = drawing("circle", { class: "outline", cx: "8", cy: "8", r: "6.5" });
    this.#gaze = drawing("circle", { class: "gaze", cx: "8", cy: "8", r: "2.6" });
    this.element = drawing(
      "svg",
      { class: "face-glyph", viewBox: "0 0 16 16", "aria-hidden": "true" },
      outline,
      this.#gaze,
    );
  }

  render(face: Face): void {
    this.element.classList.toggle("absent", !face.present);
    const x = 3.4 * Math.sin((Math.PI / 2) * limit(face.yaw / TURN));
    const y = -3.4 * Math.sin((Math.PI / 2) * limit(face.pitch / TURN));
    this.#gaze.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px)`;
  }
}

function limit(share: number): number {
  return Math.min(1, Math.max(-1, share));
}
