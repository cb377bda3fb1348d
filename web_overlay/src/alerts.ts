// Which alert is shown, if any: one at a time, three in ten minutes, and none of a kind that is not wanted.
import type { AlertRaised } from "./wire";

const MOST_IN_WINDOW = 3;
const WINDOW = 600_000; // ms of session time
const FRESH = 30_000; // an alert is about now; older ones, after a reconnect, are not shown
const LEAST_ANSWERS = 3; // before a kind can be found unwanted

export type Answer = "useful" | "not_now";

export class Alerts {
  current: AlertRaised | null = null;
  /** What to say about a kind that has just muted itself, else "". */
  notice = "";

  #shownAt: number[] = []; // ms of session time
  #seen = new Set<number>();
  #answers = new Map<string, { useful: number; waved: number }>();

  /** Show the alert if the rules allow it; `now` is session time in ms. */
  offer(alert: AlertRaised, now: number): boolean {
    if (this.#seen.has(alert.id)) return false;
    this.#seen.add(alert.id);
    this.#shownAt = this.#shownAt.filter((t) => t > now - WINDOW);
    const room = this.current === null && this.#shownAt.length < MOST_IN_WINDOW;
    if (!room || this.muted(alert.kind) || now - alert.t_ms > FRESH) return false;
    this.current = alert;
    this.notice = "";
    this.#shownAt.push(now);
    return true;
  }

  answer(answer: Answer): AlertRaised | null {
    const alert = this.current;
    if (!alert) return null;
    this.current = null;
    const count = this.#answers.get(alert.kind) ?? { useful: 0, waved: 0 };
    count[answer === "useful" ? "useful" : "waved"] += 1;
    this.#answers.set(alert.kind, count);
    if (this.muted(alert.kind)) this.notice = `“${alert.text}” is muted: seldom useful`;
    return alert;
  }

  /** Waved off more often than not. */
  muted(kind: string): boolean {
    const count = this.#answers.get(kind);
    return !!count && count.useful + count.waved >= LEAST_ANSWERS && count.waved > count.useful;
  }
}
