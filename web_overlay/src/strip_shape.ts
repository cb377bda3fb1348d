// What a strip shows before anything is drawn: where values are missing and why, and which range.
import type { Store } from "./store";
import type { SignalSpec } from "./wire";

export interface Gap {
  from: number; // seq
  to: number; // seq, inclusive
  why: string;
}

/** What is missing between two seconds, joined where the reason is the same. */
export function gaps(store: Store, owner: string, name: string, from: number, to: number): Gap[] {
  const found: Gap[] = [];
  for (let seq = from; seq <= to; seq++) {
    const { why } = store.at(owner, name, seq);
    if (why === "") continue;
    const last = found.at(-1);
    if (last && last.to === seq - 1 && last.why === why) last.to = seq;
    else found.push({ from: seq, to: seq, why });
  }
  return found;
}

/** The range worth showing: what the values fill, but never so narrow that noise looks like news. */
export function range(spec: SignalSpec, least: number, most: number): [number, number] {
  const whole = spec.high - spec.low;
  if (!(most >= least)) return [spec.low, spec.high];
  if (whole <= 1) return [spec.low, spec.high];
  const middle = (least + most) / 2;
  const calm = Math.min(whole * 0.08, Math.abs(middle) / 4 + whole / 1e4);
  const span = Math.max((most - least) * 1.2, calm);
  return [Math.max(spec.low, middle - span / 2), Math.min(spec.high, middle + span / 2)];
}
