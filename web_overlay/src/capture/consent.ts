// What a person agrees to: a switch per group, in force at once, with a receipt to keep.
import { answered, UNREACHABLE } from "./sentences";

export const GROUPS: [group: string, title: string, text: string][] = [
  ["voice", "Voice", "loudness, pitch, pauses and speed of speech; not the words"],
  ["face", "Face", "where it is turned, blinks, and which muscles move"],
  ["body", "Movement", "how much the head and upper body move"],
  ["together", "The two of you", "who speaks when, pauses between turns, interruptions"],
  ["inferred", "Guessed feelings", "a model’s guess from voice and face; off unless you want it"],
];

interface Answer {
  groups: string[];
  stored?: boolean;
}

export interface Change {
  at: Date;
  groups: string[];
}

export class Consent {
  /** What is agreed to, as the gateway holds it. */
  groups: string[] = [];
  stored: boolean | undefined;
  readonly history: Change[] = [];
  #before: string[] | null = null; // what a pause put aside

  constructor(
    private readonly address: string,
    private readonly token: () => string,
  ) {}

  get paused(): boolean {
    return this.#before !== null;
  }

  async load(): Promise<void> {
    this.#take(await this.#request("GET"));
  }

  async set(group: string, agreed: boolean): Promise<void> {
    const groups = new Set(this.groups);
    if (agreed) groups.add(group);
    else groups.delete(group);
    await this.#put([...groups]);
  }

  /** Measure nothing until `resume`, which brings back what was agreed to before. */
  async pause(): Promise<void> {
    if (this.paused) return;
    const before = [...this.groups];
    await this.#put([]);
    this.#before = before;
  }

  async resume(): Promise<void> {
    if (!this.#before) return;
    await this.#put(this.#before);
    this.#before = null;
  }

  async #put(groups: string[]): Promise<void> {
    this.#take(await this.#request("PUT", { groups }), groups);
  }

  #take(answer: Answer | null, asked: string[] = []): void {
    this.groups = answer?.groups ?? asked;
    if (answer?.stored !== undefined) this.stored = answer.stored;
    this.history.push({ at: new Date(), groups: [...this.groups] });
  }

  async #request(method: "GET" | "PUT", body?: object): Promise<Answer | null> {
    const response = await fetch(this.address, {
      method,
      headers: { Authorization: `Bearer ${this.token()}`, "Content-Type": "application/json" },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(10_000),
    }).catch(() => {
      throw new Error(UNREACHABLE);
    });
    if (!response.ok) throw new Error(answered(response.status));
    const text = await response.text();
    return text ? (JSON.parse(text) as Answer) : null;
  }
}

/** The receipt: what was agreed to, when, and what is kept. */
export function receipt(consent: Consent, participant: string, session: string): string {
  const lines = ["Receipt", "", `session: ${session}`, `person: ${participant}`, ""];
  for (const { at, groups } of consent.history) {
    const titles = GROUPS.filter(([group]) => groups.includes(group)).map(([, title]) => title);
    lines.push(`${at.toISOString()}  measured: ${titles.join(", ") || "nothing"}`);
  }
  lines.push("", `shown to: the therapist of this session`, `kept: ${keeping(consent.stored)}`, "");
  return lines.join("\n");
}

export function keeping(stored: boolean | undefined): string {
  if (stored === true) return "the numbers of this session; sound and picture are not kept";
  if (stored === false) return "nothing; sound and picture are measured and thrown away at once";
  return "your therapist can tell you";
}
