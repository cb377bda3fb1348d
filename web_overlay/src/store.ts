// The last five minutes, by columns: one ring of typed arrays per signal of a person.
import type {
  Down,
  LinkChanged,
  MarkAdded,
  PersonState,
  Policy,
  Role,
  SessionHello,
  SessionState,
  SignalFrame,
  SignalSpec,
  Value,
} from "./wire";

export const SECONDS = 300;
export const TOGETHER = ""; // the owner of what is measured of both

const MOST_MARKS = 500;
const MOST_BREAKS = 200;

/** Reasons are kept as one byte each; the number is the place in this list. */
const reasons: string[] = ["", "lost", "absent"];
const reasonCodes = new Map(reasons.map((why, code) => [why, code]));

function reasonCode(why: string): number {
  let code = reasonCodes.get(why);
  if (code === undefined && reasons.length < 256) {
    code = reasons.push(why) - 1;
    reasonCodes.set(why, code);
  }
  return code ?? 2;
}

/** One signal of one owner; index with `store.slot(seq)`. A value that is missing is NaN and has a reason. */
export class Track {
  readonly v = new Float32Array(SECONDS).fill(NaN);
  readonly q = new Float32Array(SECONDS).fill(NaN);
  readonly z = new Float32Array(SECONDS).fill(NaN);
  readonly why = new Uint8Array(SECONDS).fill(1);

  write(slot: number, value: Value | undefined): void {
    const measured = value !== undefined && typeof value.v === "number";
    this.v[slot] = measured ? value.v! : NaN;
    this.q[slot] = measured ? (value.q ?? 1) : NaN;
    this.z[slot] = measured ? (value.z ?? NaN) : NaN;
    this.why[slot] = measured ? 0 : reasonCode(value?.why ?? "absent");
  }

  lose(slot: number): void {
    this.v[slot] = this.q[slot] = this.z[slot] = NaN;
    this.why[slot] = 1;
  }
}

export interface Reading {
  v: number; // NaN where missing
  q: number;
  z: number; // NaN where there is no baseline yet
  why: string; // "" where measured
}

export class Store {
  catalog: SignalSpec[] = [];
  people: Record<string, Role> = {};
  states: Record<string, PersonState> = {};
  policy: Policy | null = null;
  session: SessionState | null = null;
  newest: SignalFrame | null = null;
  marks: MarkAdded[] = [];
  breaks: LinkChanged[] = []; // ends of gaps: somebody is back
  arrived = -Infinity; // when the newest frame came, on the caller's clock, ms

  readonly #tracks = new Map<string, Track>();
  readonly #held = new Int32Array(SECONDS).fill(-1);

  /** Take one message that came at `now` ms. */
  receive(message: Down, now: number): void {
    switch (message.type) {
      case "signal.frame":
        return this.#frame(message, now);
      case "session.hello":
        return this.#hello(message);
      case "session.state":
        this.session = message.state;
        return;
      case "consent.changed":
        if (this.policy) this.policy.consent[message.participant] = message.groups;
        return;
      case "mark.added":
        if (this.marks.some((mark) => mark.id === message.id)) return;
        this.marks.push(message);
        if (this.marks.length > MOST_MARKS) this.marks.shift();
        return;
      case "link.changed":
        if (message.link !== "up" || this.breaks.some(({ id }) => id === message.id)) return;
        this.breaks.push(message);
        if (this.breaks.length > MOST_BREAKS) this.breaks.shift();
    }
  }

  slot(seq: number): number {
    return seq % SECONDS;
  }

  has(seq: number): boolean {
    return seq >= 0 && this.#held[this.slot(seq)] === seq;
  }

  track(owner: string, name: string): Track | undefined {
    return this.#tracks.get(`${owner}\n${name}`);
  }

  /** The reading of the newest second. */
  now(owner: string, name: string): Reading {
    return this.at(owner, name, this.newest?.seq ?? -1);
  }

  at(owner: string, name: string, seq: number): Reading {
    const track = this.track(owner, name);
    if (!track || !this.has(seq)) return { v: NaN, q: NaN, z: NaN, why: "absent" };
    const slot = this.slot(seq);
    return {
      v: track.v[slot],
      q: track.q[slot],
      z: track.z[slot],
      why: reasons[track.why[slot]],
    };
  }

  peopleWho(role: Role): string[] {
    return Object.keys(this.people).filter((id) => this.people[id] === role);
  }

  /** Was the owner's connection lost all through these seconds? Of both: one of them suffices. */
  wasAway(owner: string, from: number, to: number): boolean {
    return this.breaks.some(({ participant, t_ms, gap_ms }) => {
      if (owner !== TOGETHER && owner !== participant) return false;
      return t_ms - gap_ms <= from * 1000 && (to - 1) * 1000 <= t_ms;
    });
  }

  /** Session time at `now`, as far as the newest frame tells; null before the first. */
  sessionTime(now: number): number | null {
    if (!this.newest) return null;
    const late = this.newest.lat_ms.total ?? 0;
    return Math.round(this.newest.t1_ms + late + Math.min(now - this.arrived, 60_000));
  }

  #hello(hello: SessionHello): void {
    if (this.newest && (this.newest.session !== hello.session || hello.seq < this.newest.seq)) {
      this.#forget();
    }
    this.catalog = hello.catalog;
    this.people = { ...hello.people };
    this.policy = hello.policy;
    this.session = hello.state;
  }

  #forget(): void {
    this.newest = null;
    this.marks = [];
    this.breaks = [];
    this.#tracks.clear();
    this.#held.fill(-1);
  }

  #frame(frame: SignalFrame, now: number): void {
    const { seq } = frame;
    if (seq < 0 || (this.newest && seq <= this.newest.seq - SECONDS)) return;
    this.#makeRoom(seq);
    this.#write(frame);
    if (this.newest && seq < this.newest.seq) return;
    this.newest = frame;
    this.policy = frame.policy;
    this.arrived = now;
    for (const [id, person] of Object.entries(frame.people)) {
      this.people[id] = person.role;
      this.states[id] = person.state;
    }
  }

  /** Seconds between the newest frame and this one never came: they are lost, not old. */
  #makeRoom(seq: number): void {
    const from = Math.max(this.newest ? this.newest.seq + 1 : seq, seq - SECONDS + 1);
    for (let lost = from; lost <= seq; lost++) {
      const slot = this.slot(lost);
      this.#held[slot] = -1;
      for (const track of this.#tracks.values()) track.lose(slot);
    }
  }

  #write(frame: SignalFrame): void {
    const slot = this.slot(frame.seq);
    this.#held[slot] = frame.seq;
    for (const track of this.#tracks.values()) track.write(slot, undefined);
    for (const [id, person] of Object.entries(frame.people)) {
      this.#writeAll(id, person.signals, slot);
    }
    this.#writeAll(TOGETHER, frame.dyad.signals, slot);
  }

  #writeAll(owner: string, signals: Record<string, Value>, slot: number): void {
    for (const [name, value] of Object.entries(signals)) {
      const key = `${owner}\n${name}`;
      let track = this.#tracks.get(key);
      if (!track) this.#tracks.set(key, (track = new Track()));
      track.write(slot, value);
    }
  }
}
