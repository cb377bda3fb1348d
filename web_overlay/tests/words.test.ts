import { expect, test } from "vitest";
import { away, backAfter, clock, comparedWithUsual, nameOf, reason, withUnit } from "../src/words";

const WHYS = ["warming", "silence", "no_face", "no_media", "muted", "low_quality", "overlap"];
const MORE = ["no_model", "policy", "consent", "shed", "failed"];
const SIGHT = [
  "too_dark",
  "too_bright",
  "too_small",
  "turned_away",
  "cut_off",
  "blurred",
  "occluded",
  "frozen",
  "moving",
  "speaking",
];

test("every reason the engine gives has words", () => {
  for (const why of [...WHYS, ...MORE, ...SIGHT]) expect(reason(why, "face")).not.toContain("_");
  expect(reason("some_new_reason", "face")).toBe("some new reason");
});

test("a face behind a hand is said to be covered", () => {
  expect(reason("occluded", "face")).toBe("face partly covered");
});

test("switched off is named after what was switched off", () => {
  expect(reason("muted", "voice")).toBe("microphone muted");
  expect(reason("muted", "body")).toBe("camera off");
});

test("values come with a unit and no more digits than a glance takes", () => {
  expect(withUnit(0.384, "1", 1)).toBe("38 %");
  expect(withUnit(196.4, "Hz", 600)).toBe("196 Hz");
  expect(withUnit(33.93, "{semitone}", 60)).toBe("33.9 st");
  expect(withUnit(-1.19, "deg", 90)).toBe("−1°");
  expect(withUnit(-0.2, "deg", 90)).toBe("0°");
  expect(withUnit(1.42, "s", 60)).toBe("1.4 s");
  expect(withUnit(2.46, "1", 5)).toBe("2.5");
  expect(withUnit(0.0132, "1", 0.2)).toBe("1.3 %");
  expect(withUnit(-0.0214, "dB/Hz", 1)).toBe("−0.021 dB/Hz");
});

test("a comparison needs a baseline and a difference", () => {
  expect(comparedWithUsual(NaN)).toBe("");
  expect(comparedWithUsual(0.4)).toBe("");
  expect(comparedWithUsual(1.2)).toBe("above usual");
  expect(comparedWithUsual(-3)).toBe("below usual");
});

test("a name is a name and an identifier is not", () => {
  expect(nameOf("dana", "patient")).toBe("Dana");
  expect(nameOf("p-8f3a", "patient")).toBe("patient");
  expect(nameOf("therapist", "therapist")).toBe("therapist");
});

test("who is away is said to be", () => {
  expect(away({ link: "gone", sound: "none", picture: "none" })).toBe("has left");
  expect(away({ link: "up", sound: "on", picture: "on" })).toBeNull();
});

test("session time reads like a clock", () => {
  expect(clock(754_900)).toBe("12:34");
});

test("who is back is told with how long they were away", () => {
  expect(backAfter("Dana is", 4_200)).toBe("Dana is back after 4 s");
  expect(backAfter("you are", 300)).toBe("you are back after 1 s");
  expect(backAfter("Dana is", 125_000)).toBe("Dana is back after 2 min");
});
