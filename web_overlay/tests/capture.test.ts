import { afterEach, expect, test, vi } from "vitest";
import { Consent, receipt } from "../src/capture/consent";
import { level } from "../src/capture/meter";
import { answered, failedToGet } from "../src/capture/sentences";
import { passing, Pulse, wait } from "../src/capture/patience";
import { fragment } from "../src/capture/whip";

afterEach(() => vi.unstubAllGlobals());

function gateway(): { groups: string[] } {
  const held = { groups: ["voice", "face"] };
  vi.stubGlobal("fetch", async (_: string, request: RequestInit) => {
    if (request.method === "PUT") held.groups = JSON.parse(request.body as string).groups;
    return new Response(JSON.stringify({ ...held, stored: false }));
  });
  return held;
}

test("every refusal is a sentence that says what to do", () => {
  for (const status of [401, 403, 404, 413, 415]) expect(answered(status)).toMatch(/\. |\.$|\)\.$/);
  expect(answered(418)).toContain("418");
});

test("a refused camera and a refused tab are told apart", () => {
  const refused = new DOMException("", "NotAllowedError");
  expect(failedToGet("camera", refused)).toContain("allowed");
  expect(failedToGet("tab", refused)).toContain("shared");
  expect(failedToGet("camera", new DOMException("", "NotFoundError"))).toContain("found");
});

test("a pause agrees to nothing, and its end to what was agreed before", async () => {
  const held = gateway();
  const consent = new Consent("/consent", () => "t");
  await consent.load();
  await consent.pause();
  expect(held.groups).toEqual([]);
  await consent.resume();
  expect(held.groups).toEqual(["voice", "face"]);
});

test("a pause that the gateway did not take is no pause", async () => {
  gateway();
  const consent = new Consent("/consent", () => "t");
  await consent.load();
  vi.stubGlobal("fetch", async () => new Response("", { status: 403 }));
  await expect(consent.pause()).rejects.toThrow("does not allow");
  expect(consent.paused).toBe(false);
  expect(consent.groups).toEqual(["voice", "face"]);
});

test("the receipt tells what was agreed to, when, and what is kept", async () => {
  gateway();
  const consent = new Consent("/consent", () => "t");
  await consent.load();
  await consent.set("face", false);
  const text = receipt(consent, "dana", "S");
  expect(text).toMatch(/measured: Voice, Face\n.*measured: Voice\n/);
  expect(text).toContain("kept: nothing");
});

test("exact silence has no level", () => {
  expect(level(new Float32Array(8))).toBe(-Infinity);
  expect(level(new Float32Array(8).fill(1))).toBeCloseTo(0);
});

test("late candidates are written by media line", () => {
  const sdp = "a=ice-ufrag:u\r\na=ice-pwd:p\r\nm=audio 9 X 111\r\nm=video 9 X 96\r\n";
  const late = [{ candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host", sdpMid: "1" }];
  expect(fragment(sdp, late).split("\r\n")).toEqual([
    "a=ice-ufrag:u",
    "a=ice-pwd:p",
    "m=video 9 X 96",
    "a=mid:1",
    "a=candidate:1 1 udp 1 10.0.0.1 9 typ host",
    "",
  ]);
});

test("tries to come back begin at once, slow down, and never stop for a passing reason", () => {
  const waits = [0, 1, 2, 3, 4, 20, 200].map((tries) => wait(tries, 0, 1));
  expect(waits).toEqual([250, 500, 1000, 2000, 3000, 3000, 3000]);
  expect(waits.slice(0, 4).every((each) => each < 5000)).toBe(true);
  expect([0, 408, 429, 500, 503].every(passing)).toBe(true);
});

test("two that were cut off at once do not come back at once", () => {
  const waits = new Set(Array.from({ length: 50 }, () => wait(4)));
  expect(waits.size).toBeGreaterThan(40);
  for (const each of waits) {
    expect(each).toBeGreaterThanOrEqual(1500);
    expect(each).toBeLessThanOrEqual(3000);
  }
});

test("a gateway that asks for time gets more of it", () => {
  expect(wait(1, 429, 1)).toBeGreaterThan(wait(1, 0, 1));
  expect(wait(20, 503, 1)).toBe(15_000);
});

test("an ended session, a wrong link and a refusal are the end, in plain words", () => {
  for (const status of [401, 403, 404, 409, 410]) {
    expect(passing(status)).toBe(false);
    expect(answered(status)).not.toContain("error (");
  }
  expect(answered(409)).toContain("ended");
});

test("a way over which nothing comes back is lost, one that is slow is not", () => {
  const pulse = new Pulse();
  expect(pulse.lost(100, 0)).toBe(false);
  expect(pulse.lost(100, 2_000)).toBe(false);
  expect(pulse.lost(160, 2_400)).toBe(false);
  expect(pulse.lost(160, 4_800)).toBe(false);
  expect(pulse.lost(160, 4_900)).toBe(true);
});
