import { expect, test } from "vitest";
import { balance, face, spoken, staleFor, voice } from "../src/cues";
import { Store } from "../src/store";
import { stretches } from "../src/voice_line";
import type { Value } from "../src/wire";
import { frame, hello, value } from "./script";

const SHARES: Record<string, Value> = {
  "dyad.talk_share.therapist": value(0.38),
  "dyad.talk_share.overlap": value(0.03),
  "dyad.talk_share.silence": value(0.08),
  "dyad.talk_share.patient": value(0.51),
};
const EMOTION = /happ|sad|ang(er|ry)|fear|anxi|calm|stress|upset|depress|joy|disgust|contempt/i;

function after(patient: Record<string, Value>, dyad: Record<string, Value> = SHARES, seconds = 20) {
  const store = new Store();
  store.receive(hello(), 0);
  for (let seq = 1; seq <= seconds; seq++) store.receive(frame(seq, patient, dyad), seq * 1000);
  return store;
}

test("the balance is you first, then the patient", () => {
  const { parts, text, session } = balance(after({}), "Dana");
  expect(text).toBe("38/51");
  expect(Object.values(parts!).reduce((a, b) => a + b)).toBeCloseTo(1);
  expect(session).toBeNull();
});

test("without a balance there is a reason, not a bar of zeros", () => {
  const shares = Object.fromEntries(Object.keys(SHARES).map((name) => [name, { why: "warming" }]));
  expect(balance(after({}, shares), "Dana")).toMatchObject({
    parts: null,
    text: "–",
    sentence: "talk balance: too little yet",
  });
});

test("a voice without a baseline is being learned, whatever it does", () => {
  expect(voice(after({ "voice.f0_range": value(9) }), "dana").words).toBe("learning their usual");
});

test("a voice is compared with its own usual", () => {
  expect(voice(after({ "voice.f0_range": value(9, 1.6) }), "dana").words).toBe(
    "livelier than usual",
  );
  expect(voice(after({ "voice.loudness": value(1, -2) }), "dana").words).toBe("quieter than usual");
  expect(voice(after({ "voice.loudness": value(1, 0.2) }), "dana").words).toBe("about as usual");
});

test("one odd second changes no words", () => {
  const store = after({ "voice.f0_range": value(5, 0) });
  store.receive(frame(21, { "voice.f0_range": value(20, 5) }, SHARES), 21_000);
  expect(voice(store, "dana").words).toBe("about as usual");
});

test("silence is a gap in the line", () => {
  const store = after({ "voice.f0_semitone": value(30, 0.5), "voice.level_dbfs": value(-25) });
  store.receive(frame(21, { "voice.f0_semitone": { why: "silence" } }, SHARES), 21_000);
  const { points } = voice(store, "dana");
  expect(points.at(-1)).toBeNull();
  expect(points.at(-2)).toMatchObject({ height: 0.5 });
  expect(stretches(points)).toEqual([[39, 58]]);
});

test("a face turns, moves, or is not there for a reason", () => {
  const seen = { "face.presence": value(1), "face.pitch": value(0) };
  const moving = { "body.motion_head": value(0.05) };
  const facing = after({ ...seen, "face.yaw": value(3), ...moving });
  expect(face(facing, "dana").words).toBe("facing you · moving a little");
  expect(face(after({ ...seen, "face.yaw": value(-40) }), "dana").words).toBe("turned aside");
  expect(face(after({ "face.presence": { why: "no_model" } }), "dana")).toMatchObject({
    present: false,
    words: "model missing",
  });
  expect(face(after({ "face.presence": value(0) }), "dana").words).toBe("no face in view");
});

test("a camera that is off is not a missing face", () => {
  const store = new Store();
  store.receive(hello(), 0);
  const off = { link: "up", sound: "on", picture: "off" } as const;
  store.receive(frame(1, { "face.presence": { why: "muted" } }, {}, off), 0);
  expect(face(store, "dana").words).toBe("camera off");
});

test("three seconds without a frame are said", () => {
  const store = after({});
  expect(staleFor(store, 22_900)).toBe(0);
  expect(staleFor(store, 23_100)).toBe(3);
  expect(spoken(store, 24_100)).toBe("no signal for 4 s");
});

test("a paused session is not a broken link", () => {
  const store = after({});
  store.receive({ type: "session.state", id: 3, state: "paused", t_ms: 20_000 }, 20_500);
  expect(staleFor(store, 60_000)).toBe(0);
});

test("no word about the person names an emotion", () => {
  for (const z of [-3, 0, 3]) {
    const everything = [
      "voice.f0_range",
      "voice.loudness",
      "voice.pause_mean_s",
      "body.motion_head",
    ];
    const store = after(Object.fromEntries(everything.map((name) => [name, value(1, z)])));
    expect(spoken(store, 20_000)).not.toMatch(EMOTION);
  }
});
