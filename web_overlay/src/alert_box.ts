// One alert with its reason and its two answers, laid over the voice and face lines.
import type { Answer } from "./alerts";
import { element, tell } from "./dom";
import type { AlertRaised } from "./wire";

export class AlertBox {
  readonly element: HTMLElement;
  readonly #text = element("b");
  readonly #reason = element("span", { class: "reason" });

  constructor(answered: (answer: Answer) => void) {
    const button = (answer: Answer, text: string) => {
      const made = element("button", { type: "button" }, text);
      made.addEventListener("click", () => answered(answer));
      return made;
    };
    this.element = element(
      "div",
      { class: "alert", role: "group", "aria-label": "alert", hidden: "" },
      element("p", {}, this.#text, this.#reason),
      button("useful", "useful"),
      button("not_now", "not now"),
    );
  }

  render(alert: AlertRaised | null): void {
    this.element.hidden = alert === null;
    if (!alert) return;
    tell(this.#text, alert.text);
    tell(this.#reason, alert.reason);
    this.element.title = `${alert.text}: ${alert.reason}`;
  }
}
