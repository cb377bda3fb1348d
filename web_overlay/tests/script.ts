// Frames for the tests: the least that says what a test is about.
import type { SessionHello, SignalFrame, SignalSpec, Value } from "../src/wire";

export const SPEC: SignalSpec = {
  name: "voice.f0_hz",
  label: "pitch",
  unit: "Hz",
  low: 50,
  high: 600,
  group: "voice",
  scope: "person",
  card: { measures: "m", evidence: "e", source: "s", caution: "c" },
};

export function hello(seq = 0, more: Partial<SessionHello> = {}): SessionHello {
  return {
    type: "session.hello",
    id: 0,
    schema: 1,
    session: "S",
    state: "live",
    seq,
    people: { t1: "therapist", dana: "patient" },
    policy: { mode: "behaviour", consent: {}, stored: false },
    catalog: [SPEC],
    ...more,
  };
}

export function frame(
  seq: number,
  patient: Record<string, Value> = {},
  dyad: Record<string, Value> = {},
  state = {
    link: "up",
    sound: "on",
    picture: "on",
  } as const as SignalFrame["people"][string]["state"],
): SignalFrame {
  return {
    type: "signal.frame",
    schema: 1,
    session: "S",
    seq,
    t0_ms: (seq - 1) * 1000,
    t1_ms: seq * 1000,
    people: {
      t1: { role: "therapist", state: { link: "up", sound: "on", picture: "on" }, signals: {} },
      dana: { role: "patient", state, signals: patient },
    },
    dyad: { signals: dyad },
    policy: { mode: "behaviour", consent: {}, stored: false },
    lat_ms: { total: 250 },
    shed: {},
  };
}

export const value = (v: number, z?: number): Value => ({
  v,
  q: 0.9,
  n: 30,
  ...(z === undefined ? {} : { z }),
});
