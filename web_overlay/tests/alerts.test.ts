import { expect, test } from "vitest";
import { Alerts } from "../src/alerts";
import type { AlertRaised } from "../src/wire";

let id = 0;
const alert = (t_ms: number, kind = "long_pauses"): AlertRaised => ({
  type: "alert.raised",
  id: ++id,
  t_ms,
  kind,
  participant: "dana",
  text: "longer pauses than usual",
  reason: "pauses 3.1 s, usually 1.4 s, last 2 min",
});

test("a second alert does not take the place of the first", () => {
  const alerts = new Alerts();
  const first = alert(0);
  expect(alerts.offer(first, 0)).toBe(true);
  expect(alerts.offer(alert(1000), 1000)).toBe(false);
  expect(alerts.current).toBe(first);
});

test("three in ten minutes are enough", () => {
  const alerts = new Alerts();
  for (const t of [0, 1000, 2000]) {
    expect(alerts.offer(alert(t, `kind ${t}`), t)).toBe(true);
    alerts.answer("useful");
  }
  expect(alerts.offer(alert(3000, "more"), 3000)).toBe(false);
  expect(alerts.offer(alert(601_000, "more"), 601_000)).toBe(true);
});

test("a kind that is waved off more often than not mutes itself and says so", () => {
  const alerts = new Alerts();
  for (const [i, answer] of (["not_now", "useful", "not_now"] as const).entries()) {
    const t = i * 700_000;
    expect(alerts.offer(alert(t), t)).toBe(true);
    alerts.answer(answer);
  }
  expect(alerts.notice).toContain("muted");
  expect(alerts.offer(alert(3_000_000), 3_000_000)).toBe(false);
  expect(alerts.offer(alert(3_000_000, "overlaps"), 3_000_000)).toBe(true);
});

test("an alert of half a minute ago is no longer about now", () => {
  expect(new Alerts().offer(alert(0), 31_000)).toBe(false);
});
