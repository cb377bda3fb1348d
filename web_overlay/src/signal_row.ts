// A signal in the details: label, strip, value with unit and quality; the label opens its card.
import { element, tell } from "./dom";
import type { Store } from "./store";
import { Strip } from "./strip";
import type { SignalSpec } from "./wire";
import { comparedWithUsual, reason, withUnit } from "./words";

export class SignalRow {
  readonly element: HTMLElement;
  readonly #strip: Strip;
  readonly #value = element("span", { class: "value" });
  readonly #aside = element("span", { class: "aside" });
  readonly #quality = element("span", { class: "quality", role: "img" }, element("i"));
  readonly #opener: HTMLButtonElement;
  #card: HTMLElement | null = null;

  constructor(
    private readonly store: Store,
    readonly spec: SignalSpec,
    readonly owner: string,
    hue: string,
  ) {
    this.#strip = new Strip(store, spec, owner);
    this.#opener = element("button", { type: "button", "aria-expanded": "false" }, spec.label);
    this.#opener.title = `${spec.label}: what it means`;
    this.#opener.addEventListener("click", () => this.toggleCard());
    this.#strip.element.addEventListener("click", () => this.toggleCard());
    const reading = element("div", { class: "reading" }, this.#value, this.#aside, this.#quality);
    this.element = element(
      "li",
      { class: `signal ${hue}`, "data-signal": spec.name },
      this.#opener,
      this.#strip.element,
      reading,
    );
  }

  render(stale: boolean): void {
    const { v, q, z, why } = this.store.now(this.owner, this.spec.name);
    const missing = stale || Number.isNaN(v);
    this.element.classList.toggle("missing", missing);
    const words = stale ? "no signal" : reason(why, this.spec.group);
    tell(this.#value, missing ? words : withUnit(v, this.spec.unit, this.spec.high));
    this.#value.title = missing ? words : "";
    tell(this.#aside, missing ? "" : comparedWithUsual(z));
    this.#quality.style.visibility = missing ? "hidden" : "visible";
    const percent = missing ? 0 : Math.round(q * 100);
    this.#quality.setAttribute("aria-label", `quality ${percent} %`);
    this.#quality.title = `quality ${percent} %`;
    (this.#quality.firstElementChild as HTMLElement).style.width = `${percent}%`;
    this.#strip.render();
  }

  /** Open or close what the signal means. Returns whether it is open now. */
  toggleCard(): boolean {
    const open = this.#card === null;
    this.#opener.setAttribute("aria-expanded", String(open));
    if (open) this.element.append((this.#card = card(this.spec)));
    else {
      this.#card?.remove();
      this.#card = null;
    }
    return open;
  }

  closeCard(): void {
    if (this.#card) this.toggleCard();
  }

  destroy(): void {
    this.#strip.destroy();
  }
}

function card(spec: SignalSpec): HTMLElement {
  const list = element("dl", { class: "card" });
  const lines: [string, string][] = [
    ["measures", spec.card.measures],
    ["evidence", spec.card.evidence],
    ["source", spec.card.source],
    ["what it does not mean", spec.card.caution],
  ];
  for (const [term, text] of lines) {
    if (text) list.append(element("dt", {}, term), element("dd", {}, text));
  }
  return list;
}
