// Tells a screen reader what changed: politely, at most every 15 seconds, and on demand.
const LEAST_BETWEEN = 15_000; // ms

export class Announcer {
  readonly element: HTMLElement;
  #said = "";
  #saidAt = -Infinity;

  constructor(document: Document) {
    this.element = document.createElement("p");
    this.element.className = "heard";
    this.element.setAttribute("role", "status");
    this.element.setAttribute("aria-live", "polite");
  }

  offer(sentence: string, now: number): void {
    if (sentence === this.#said || now - this.#saidAt < LEAST_BETWEEN) return;
    this.say(sentence, now);
  }

  /** At once: what answers something the listener did. */
  say(sentence: string, now: number): void {
    this.#said = sentence;
    this.#saidAt = now;
    this.element.textContent = sentence;
  }
}
