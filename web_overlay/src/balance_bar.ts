// The talk balance: you from the left, the patient from the right, overlap and silence between.
import { PARTS, type Balance, type Part } from "./cues";
import { element } from "./dom";

export class BalanceBar {
  readonly element: HTMLElement;
  readonly #parts: Record<Part, HTMLElement>;
  readonly #ticks = { therapist: element("i"), patient: element("i") };

  constructor() {
    const part = (name: Part) => element("span", { class: `part ${name}` });
    this.#parts = {
      therapist: part("therapist"),
      overlap: part("overlap"),
      silence: part("silence"),
      patient: part("patient"),
    };
    const { therapist, patient } = this.#ticks;
    therapist.className = "tick therapist";
    patient.className = "tick patient";
    const parts = PARTS.map((name) => this.#parts[name]);
    this.element = element(
      "div",
      { class: "bar missing", role: "img" },
      ...parts,
      therapist,
      patient,
    );
  }

  render(balance: Balance): void {
    const { classList } = this.element;
    classList.toggle("fresh", classList.contains("missing")); // nothing to move from: be there
    classList.toggle("missing", balance.parts === null);
    this.element.setAttribute("aria-label", balance.sentence);
    this.element.title = balance.sentence;
    let left = 0;
    for (const name of PARTS) {
      const share = balance.parts?.[name] ?? 0;
      place(this.#parts[name], left, share);
      left += share;
    }
    for (const who of ["therapist", "patient"] as const) {
      const share = balance.session?.[who];
      this.#ticks[who].hidden = share === undefined;
      const at = who === "therapist" ? (share ?? 0) : 1 - (share ?? 0);
      this.#ticks[who].style.left = `${at * 100}%`;
    }
  }
}

function place(part: HTMLElement, left: number, width: number): void {
  part.style.left = `${left * 100}%`;
  part.style.width = `${width * 100}%`;
}
