// How long to wait: for a way that has gone quiet, and before the next try to come back.

/** Milliseconds. */
export const WAITS = {
  quiet: 2_500, // nothing came back over the way: it is broken, whatever its state says
  first: 250, // before the first try after one that failed
  longest: 3_000, // so that who is back on the net is back in the session within five seconds
  busy: 15_000, // the gateway asked for time, or has none
};

/** Statuses that a later try can change. 0: the gateway could not be reached. */
export function passing(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** Doubling from try to try, and never the same for two that were cut off at once. */
export function wait(tries: number, status = 0, chance = Math.random()): number {
  const [first, longest] = status ? [WAITS.first * 4, WAITS.busy] : [WAITS.first, WAITS.longest];
  return Math.min(longest, first * 2 ** Math.min(tries, 16)) * (0.5 + chance / 2);
}

/** Tells by what came back whether there is anybody at the other end. Times in ms. */
export class Pulse {
  #bytes = -1;
  #since = 0;

  /** True when nothing has come for too long. */
  lost(bytes: number, now: number): boolean {
    if (bytes === this.#bytes) return now - this.#since >= WAITS.quiet;
    [this.#bytes, this.#since] = [bytes, now];
    return false;
  }
}
