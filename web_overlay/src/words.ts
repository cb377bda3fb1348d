// What the overlay says: reasons, comparisons with the person's own usual, values with their units.
import type { Group, PersonState } from "./wire";

export const LOST = "connection lost";

const REASONS: Record<string, string> = {
  warming: "too little yet",
  silence: "silent",
  no_face: "no face in view",
  no_media: "nothing is arriving",
  low_quality: "too poor to measure",
  too_dark: "too dark",
  too_bright: "too bright",
  blurred: "blurred",
  too_small: "too far away",
  turned_away: "turned away",
  cut_off: "partly out of view",
  occluded: "face partly covered",
  frozen: "picture frozen",
  moving: "moving too much",
  speaking: "speaking",
  overlap: "both speaking",
  no_model: "model missing",
  policy: "off in this mode",
  consent: "not agreed to",
  shed: "left out, machine busy",
  failed: "stopped working",
  lost: "lost on the way",
  absent: "not measured",
};

/** Why there is no number, in words; "switched off" is named after what was switched off. */
export function reason(why: string, group: Group): string {
  if (why === "muted") return group === "voice" ? "microphone muted" : "camera off";
  return REASONS[why] ?? why.replaceAll("_", " ");
}

/** What keeps everything of a person from being measured, or null where their media flow. */
export function away(state: PersonState | undefined): string | null {
  switch (state?.link) {
    case "never":
      return "not here yet";
    case "lost":
      return LOST;
    case "gone":
      return "has left";
    default:
      return null;
  }
}

const UNITS: Record<string, string> = {
  deg: "°",
  "[deg]": "°",
  kbit_s: "kbit/s",
  "{semitone}": "st",
};

/** Units in which a fraction says nothing at a glance. */
const WHOLE = new Set(["Hz", "ms", "deg", "/min", "kbit/s"]);

/** A value with its unit: shares in per cent, as many digits as can be trusted at a glance. */
export function withUnit(value: number, unit: string, high: number): string {
  if (unit === "1" && high <= 1) return `${digits(value * 100, high < 0.5 ? 1 : 0)} %`;
  const shown = UNITS[unit] ?? unit.replaceAll(/[{}[\]]/g, "");
  const number = WHOLE.has(unit) ? digits(value, 0) : digits(value, high <= 1 ? 3 : undefined);
  if (shown === "1" || shown === "") return number;
  return shown === "°" ? `${number}°` : `${number} ${shown}`;
}

function digits(value: number, after = Math.abs(value) >= 100 ? 0 : 1): string {
  const text = value.toFixed(after);
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return (short === "-0" ? "0" : short).replace("-", "−");
}

/** The distance from the person's own usual in two or three words; "" where there is nothing to say. */
export function comparedWithUsual(z: number): string {
  if (Number.isNaN(z)) return "";
  if (z >= 1) return "above usual";
  if (z <= -1) return "below usual";
  return ""; // as usual: nothing to read
}

/** Somebody's media are back, in words. */
export function backAfter(who: string, gap_ms: number): string {
  const seconds = Math.max(1, Math.round(gap_ms / 1000));
  const gap = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${who} back after ${gap}`;
}

export function clock(t_ms: number): string {
  const seconds = Math.max(0, Math.floor(t_ms / 1000));
  const mm = Math.floor(seconds / 60);
  return `${mm}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A participant's id where it reads like a name, else their role. */
export function nameOf(id: string, role: string): string {
  if (!/^\p{L}{2,14}$/u.test(id)) return role;
  return id === "patient" || id === "therapist" ? id : id[0].toUpperCase() + id.slice(1);
}
