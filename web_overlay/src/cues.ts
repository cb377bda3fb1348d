// The three ambient cues and the status, as plain facts: what to show, before anything is drawn.
import { TOGETHER, type Reading, type Store } from "./store";
import { away, nameOf, reason } from "./words";

export const PARTS = ["therapist", "overlap", "silence", "patient"] as const;
export type Part = (typeof PARTS)[number];

export const VOICE_SECONDS = 60;
const STALE_AFTER = 3; // s
const STEADY_SECONDS = 15; // a word about the voice stands on so many seconds, so that it does not flicker

export interface Balance {
  parts: Record<Part, number> | null; // shares of the last minute, sum 1
  session: { therapist: number; patient: number } | null; // shares of the session so far
  text: string; // "38/51", or why not
  sentence: string;
}

export interface VoicePoint {
  height: number; // deviation from the person's own usual, SDs where there is a baseline, else 3 st
  width: number; // 0 to 1, level
}

export interface Voice {
  points: (VoicePoint | null)[]; // one a second, oldest first; null is a gap
  words: string;
}

export interface Face {
  present: boolean;
  yaw: number; // degrees
  pitch: number;
  words: string;
}

/** Seconds without a signal, 0 while they come as they should. */
export function staleFor(store: Store, now: number): number {
  if (store.session !== "live" || !store.newest) return 0;
  const seconds = Math.floor((now - store.arrived) / 1000);
  return seconds >= STALE_AFTER ? seconds : 0;
}

export function patientOf(store: Store): string | null {
  return store.peopleWho("patient")[0] ?? null;
}

function share(store: Store, window: "" | "_session", part: string): Reading {
  return store.now(TOGETHER, `dyad.talk_share${window}.${part}`);
}

function percent(value: number): number {
  return Math.round(value * 100);
}

export function balance(store: Store, name: string): Balance {
  const readings = PARTS.map((part) => share(store, "", part));
  const missing = readings.find((reading) => Number.isNaN(reading.v));
  if (missing) {
    const why = missing.why === "silence" ? "nobody has spoken" : reason(missing.why, "together");
    return { parts: null, session: null, text: "–", sentence: `talk balance: ${why}` };
  }
  const [therapist, overlap, silence, patient] = readings.map((reading) => reading.v);
  const soFar = {
    therapist: share(store, "_session", "therapist").v,
    patient: share(store, "_session", "patient").v,
  };
  return {
    parts: { therapist, overlap, silence, patient },
    session: Number.isNaN(soFar.therapist + soFar.patient) ? null : soFar,
    text: `${percent(therapist)}/${percent(patient)}`,
    sentence: `talk in the last minute: you ${percent(therapist)} %, ${name} ${percent(patient)} %, both at once ${percent(overlap)} %, silence ${percent(silence)} %`,
  };
}

export function voice(store: Store, patient: string | null): Voice {
  const points = new Array<VoicePoint | null>(VOICE_SECONDS).fill(null);
  const newest = store.newest?.seq;
  if (patient === null || newest === undefined) return { points, words: "" };
  const middle = medianPitch(store, patient, newest);
  for (let i = 0; i < VOICE_SECONDS; i++) {
    const seq = newest - VOICE_SECONDS + 1 + i;
    const pitch = store.at(patient, "voice.f0_semitone", seq);
    if (Number.isNaN(pitch.v)) continue;
    const level = store.at(patient, "voice.level_dbfs", seq).v;
    points[i] = {
      height: Number.isNaN(pitch.z) ? (pitch.v - middle) / 3 : pitch.z,
      width: Number.isNaN(level) ? 0.4 : Math.min(1, Math.max(0, (level + 50) / 35)),
    };
  }
  return { points, words: voiceWords(store, patient) };
}

function medianPitch(store: Store, patient: string, newest: number): number {
  const values: number[] = [];
  for (let seq = newest - VOICE_SECONDS + 1; seq <= newest; seq++) {
    const { v } = store.at(patient, "voice.f0_semitone", seq);
    if (!Number.isNaN(v)) values.push(v);
  }
  return median(values);
}

/** How each signal is put into words, most telling first. */
const VOICE_WORDS: [name: string, more: string, less: string][] = [
  ["voice.f0_range", "livelier than usual", "flatter than usual"],
  ["voice.loudness", "louder than usual", "quieter than usual"],
  ["voice.level_dbfs", "louder than usual", "quieter than usual"],
  ["voice.pause_mean_s", "longer pauses than usual", "shorter pauses than usual"],
  ["voice.articulation_rate", "faster than usual", "slower than usual"],
  ["voice.f0_semitone", "higher than usual", "lower than usual"],
];

function voiceWords(store: Store, patient: string): string {
  const state = store.states[patient];
  const gone = away(state);
  if (gone) return gone;
  if (state?.sound === "muted") return "microphone muted";
  let words = "";
  let strongest = 1; // SDs: less is as usual
  let learned = false;
  for (const [name, more, less] of VOICE_WORDS) {
    const z = steadyZ(store, patient, name);
    if (Number.isNaN(z)) continue;
    learned = true;
    if (Math.abs(z) < strongest) continue;
    words = z > 0 ? more : less;
    strongest = Math.abs(z) + 0.25; // what stands earlier in the list yields only to clearly more
  }
  if (words) return words;
  if (learned) return "about as usual";
  return unlearned(store, patient);
}

function unlearned(store: Store, patient: string): string {
  const { why } = store.now(patient, "voice.speech");
  const blocked = ["no_media", "muted", "no_model", "consent", "policy", "shed", "failed"];
  return blocked.includes(why) ? reason(why, "voice") : "learning their usual";
}

function steadyZ(store: Store, patient: string, name: string): number {
  const newest = store.newest?.seq ?? 0;
  const values: number[] = [];
  for (let seq = newest - STEADY_SECONDS + 1; seq <= newest; seq++) {
    const { z } = store.at(patient, name, seq);
    if (!Number.isNaN(z)) values.push(z);
  }
  return median(values);
}

function median(values: number[]): number {
  if (values.length === 0) return NaN;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

export function face(store: Store, patient: string | null): Face {
  const nothing = (words: string): Face => ({ present: false, yaw: 0, pitch: 0, words });
  if (patient === null) return nothing("nobody here yet");
  const state = store.states[patient];
  const gone = away(state);
  if (gone) return nothing(gone);
  if (state?.picture === "off") return nothing("camera off");
  if (state?.picture === "none") return nothing("no camera");
  const presence = store.now(patient, "face.presence");
  if (Number.isNaN(presence.v)) return nothing(reason(presence.why, "face"));
  if (presence.v < 0.5) return nothing("no face in view");
  const yaw = store.now(patient, "face.yaw").v;
  const pitch = store.now(patient, "face.pitch").v;
  const words = [pose(yaw, pitch), movement(store.now(patient, "body.motion_head"))];
  return {
    present: true,
    yaw: Number.isNaN(yaw) ? 0 : yaw,
    pitch: Number.isNaN(pitch) ? 0 : pitch,
    words: words.filter(Boolean).join(" · "),
  };
}

function pose(yaw: number, pitch: number): string {
  if (Number.isNaN(yaw) || Number.isNaN(pitch)) return "face in view";
  if (Math.abs(yaw) > 25) return "turned aside";
  if (pitch < -18) return "looking down";
  if (pitch > 18) return "looking up";
  return "facing you";
}

function movement({ v, z }: Reading): string {
  if (Number.isNaN(v)) return "";
  if (z >= 1) return "moving more than usual";
  if (z <= -1) return "moving less than usual";
  if (v < 0.02) return "still";
  return v < 0.12 ? "moving a little" : "moving a lot";
}

/** Everything the ribbon shows, in one sentence for those who hear it instead of seeing it. */
export function spoken(store: Store, now: number): string {
  const patient = patientOf(store);
  const name = patient === null ? "patient" : nameOf(patient, "patient");
  const stale = staleFor(store, now);
  if (stale > 0) return `no signal for ${stale} s`;
  if (!store.newest) return "no signal yet";
  const said = [
    balance(store, name).sentence,
    `voice: ${voice(store, patient).words}`,
    `face: ${face(store, patient).words}`,
  ];
  return said.join(". ");
}
