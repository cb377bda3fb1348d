import { expect, test } from "vitest";
import { SECONDS, Store, TOGETHER } from "../src/store";
import { gaps, range } from "../src/strip_shape";
import { frame, hello, SPEC, value } from "./script";

const PITCH = SPEC.name;

function filled(...seconds: number[]): Store {
  const store = new Store();
  store.receive(hello(), 0);
  for (const seq of seconds) store.receive(frame(seq, { [PITCH]: value(100 + seq) }), seq * 1000);
  return store;
}

test("a second that never came is lost, not the one of five minutes ago", () => {
  const store = filled(1, 2, 3, SECONDS + 3);
  expect(store.at("dana", PITCH, SECONDS + 2)).toMatchObject({ why: "absent" });
  expect(store.has(SECONDS + 2)).toBe(false);
  expect(store.now("dana", PITCH).v).toBe(403);
});

test("the ring keeps exactly five minutes", () => {
  const store = filled(...Array.from({ length: SECONDS + 5 }, (_, i) => i + 1));
  expect(store.at("dana", PITCH, 5).why).toBe("absent");
  expect(store.at("dana", PITCH, 6).v).toBe(106);
});

test("a late frame fills its place and does not become the newest", () => {
  const store = filled(1, 3);
  store.receive(frame(2, { [PITCH]: value(7) }), 4000);
  expect(store.newest?.seq).toBe(3);
  expect(store.at("dana", PITCH, 2).v).toBe(7);
});

test("what is missing has its reason, and a gap joins seconds of one reason", () => {
  const store = filled(1);
  for (const seq of [2, 3]) store.receive(frame(seq, { [PITCH]: { why: "silence" } }), 0);
  store.receive(frame(4, { [PITCH]: { why: "muted" } }), 0);
  expect(store.now("dana", PITCH)).toMatchObject({ v: NaN, why: "muted" });
  expect(gaps(store, "dana", PITCH, 1, 4)).toEqual([
    { from: 2, to: 3, why: "silence" },
    { from: 4, to: 4, why: "muted" },
  ]);
});

test("a signal that a frame leaves out is not measured, never its last value", () => {
  const store = filled(1);
  store.receive(frame(2), 2000);
  expect(store.now("dana", PITCH)).toMatchObject({ v: NaN, why: "absent" });
});

test("a mark that is told twice is kept once", () => {
  const store = filled(1);
  const mark = { type: "mark.added", id: 4, t_ms: 900, note: "" } as const;
  store.receive(mark, 0);
  store.receive(mark, 0);
  expect(store.marks).toHaveLength(1);
});

test("another run of the session begins with nothing", () => {
  const store = filled(1, 2, 3);
  store.receive(hello(1), 0);
  expect(store.newest).toBeNull();
  expect(store.has(3)).toBe(false);
});

test("session time goes on between two seconds", () => {
  const store = filled(10);
  expect(store.sessionTime(10_400)).toBe(10_000 + 250 + 400);
});

test("a strip never zooms in until noise looks like news", () => {
  const [low, high] = range(SPEC, 200, 200.5);
  expect(high - low).toBeGreaterThan(40);
  expect(range({ ...SPEC, low: 0, high: 1 }, 0.4, 0.5)).toEqual([0, 1]);
});

test("a break that is over is kept, once, and known for the whole of it", () => {
  const store = new Store();
  store.receive(hello(), 0);
  const back = { type: "link.changed", id: 9, t_ms: 21_000, participant: "dana" } as const;
  store.receive({ ...back, id: 8, link: "lost", gap_ms: 0 }, 0);
  store.receive({ ...back, link: "up", gap_ms: 4_200 }, 0);
  store.receive({ ...back, link: "up", gap_ms: 4_200 }, 0);
  expect(store.breaks).toHaveLength(1);
  expect(store.wasAway("dana", 18, 21)).toBe(true);
  expect(store.wasAway(TOGETHER, 18, 21)).toBe(true);
  expect(store.wasAway("t1", 18, 21)).toBe(false);
  expect(store.wasAway("dana", 10, 21)).toBe(false);
});
