// The messages between gateway and overlay, in either encoding.
import { decode as unpack, encode as pack } from "@msgpack/msgpack";

export const MSGPACK = "attunement.v1.msgpack";
export const JSON_TEXT = "attunement.v1.json";
export const SUBPROTOCOLS = [MSGPACK, JSON_TEXT];

export type Role = "therapist" | "patient";
export type SessionState = "invited" | "live" | "paused" | "ended";
export type Group = "voice" | "face" | "body" | "together" | "inferred" | "link";

/** A reading: either `v`, `q` and `n`, or `why`; `z` is the distance from the person's own usual in SDs. */
export interface Value {
  v?: number | null;
  q?: number | null;
  n?: number | null;
  z?: number | null;
  why?: string | null;
}

export interface PersonState {
  link: "never" | "up" | "lost" | "gone";
  sound: "on" | "muted" | "none";
  picture: "on" | "off" | "none";
}

export interface PersonFrame {
  role: Role;
  state: PersonState;
  signals: Record<string, Value>;
}

export interface Policy {
  mode: "behaviour" | "inference";
  consent: Record<string, string[]>;
  stored: boolean;
}

export interface SignalFrame {
  type: "signal.frame";
  schema: number;
  session: string;
  seq: number;
  t0_ms: number;
  t1_ms: number;
  people: Record<string, PersonFrame>;
  dyad: { signals: Record<string, Value> };
  policy: Policy;
  lat_ms: { total?: number | null };
  shed: { level?: number; late?: number; dropped_sound?: number; dropped_picture?: number };
}

export interface SignalSpec {
  name: string;
  label: string;
  unit: string;
  low: number;
  high: number;
  group: Group;
  scope: "person" | "session";
  card: { measures: string; evidence: string; source: string; caution: string };
  expert?: boolean; // folded away until asked for
}

export interface SessionHello {
  type: "session.hello";
  id: number;
  schema: number;
  session: string;
  state: SessionState;
  seq: number;
  people: Record<string, Role>;
  policy: Policy;
  catalog: SignalSpec[];
}

export interface AlertRaised {
  type: "alert.raised";
  id: number;
  t_ms: number;
  kind: string;
  participant: string | null;
  text: string;
  reason: string;
}

export interface MarkAdded {
  type: "mark.added";
  id: number;
  t_ms: number;
  note: string;
}

/** A person's media broke off, came back after `gap_ms` without any, or they left. */
export interface LinkChanged {
  type: "link.changed";
  id: number;
  t_ms: number;
  participant: string;
  link: "up" | "lost" | "gone";
  gap_ms: number;
}

export type Down =
  | SignalFrame
  | SessionHello
  | AlertRaised
  | MarkAdded
  | LinkChanged
  | { type: "session.state"; id: number; state: SessionState; t_ms: number }
  | { type: "consent.changed"; id: number; t_ms: number; participant: string; groups: string[] }
  | { type: "error"; code: string; text: string };

export type Up =
  | { type: "mark.add"; t_ms?: number; note?: string }
  | { type: "alert.answer"; alert: number; answer: "useful" | "not_now" };

const KNOWN = new Set<string>([
  "signal.frame",
  "session.hello",
  "session.state",
  "consent.changed",
  "alert.raised",
  "mark.added",
  "link.changed",
  "error",
]);

/** One message, or null where it is of a kind this overlay has never heard of. */
export function decode(data: string | ArrayBuffer): Down | null {
  const message: unknown =
    typeof data === "string" ? JSON.parse(data) : unpack(new Uint8Array(data));
  if (typeof message !== "object" || message === null) return null;
  const type = (message as { type?: unknown }).type;
  return typeof type === "string" && KNOWN.has(type) ? (message as Down) : null;
}

export function encode(message: Up, protocol: string): string | Uint8Array<ArrayBuffer> {
  return protocol === MSGPACK ? pack(message) : JSON.stringify(message);
}
