import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection, ticketAddress, TIMES, type LinkState } from "../src/connection";
import type { Down, SessionHello } from "../src/wire";
import { frame, hello } from "./script";

class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  protocol = "attunement.v1.json";
  binaryType = "";
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: URL) {
    FakeSocket.made.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: Down): void {
    this.readyState = 1;
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  breaks(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

let states: [LinkState, string][];
let tokens: string[];
let tickets: ReturnType<typeof vi.fn>;
let connection: Connection;
const newest = () => FakeSocket.made.at(-1)!;
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const ticket = (status = 200) =>
  new Response(JSON.stringify({ ticket: "T", token: "next", expires_in: 600 }), { status });

beforeEach(async () => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  [states, tokens] = [[], []];
  tickets = vi.fn(async () => ticket());
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("fetch", tickets);
  vi.stubGlobal("WebSocket", FakeSocket);
  connection = new Connection("wss://host/prefix/signals/S", "first", {
    message: () => undefined,
    state: (state, detail) => states.push([state, detail]),
    token: (token) => tokens.push(token),
  });
  connection.open();
  await settle();
});

afterEach(() => {
  connection.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function reconnected(more: Partial<SessionHello> = {}): Promise<void> {
  newest().breaks();
  await settle(TIMES.lastRetry);
  newest().says(hello(9, more));
}

test("tickets are bought beside the signals, prefix and all", () => {
  expect(ticketAddress("wss://host/prefix/signals/S")).toBe(
    "https://host/prefix/sessions/S/tickets",
  );
  expect(tickets.mock.calls[0][1].headers.Authorization).toBe("Bearer first");
});

test("the first connection asks for the last five minutes, the next for what came after", async () => {
  expect(newest().url.searchParams.get("seq")).toBe("0");
  newest().says(hello(9));
  newest().says(frame(9));
  newest().says({ type: "mark.added", id: 4, t_ms: 1, note: "" });
  await reconnected();
  expect(newest().url.searchParams.get("seq")).toBe("9");
  expect(newest().url.searchParams.get("event")).toBe("4");
});

test("tries come slower and slower, never slower than ten seconds", async () => {
  const waits: number[] = [];
  let last = Date.now();
  vi.spyOn(Math, "random").mockReturnValue(1);
  tickets.mockImplementation(async () => {
    waits.push(Date.now() - last);
    last = Date.now();
    throw new TypeError("offline");
  });
  newest().breaks();
  await settle(60_000);
  expect(waits.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
});

test("a live socket that falls silent is given up", async () => {
  newest().says(hello(1));
  newest().says(frame(1));
  await settle(TIMES.silence + TIMES.firstRetry);
  expect(FakeSocket.made).toHaveLength(2);
});

test("a paused session may be silent for as long as it likes", async () => {
  newest().says(hello(1, { state: "paused" }));
  await settle(200_000);
  expect(FakeSocket.made).toHaveLength(1);
  expect(states.at(-1)).toEqual(["paused", ""]);
});

test("a refused token waits for another one", async () => {
  tickets.mockImplementation(async () => ticket(401));
  newest().breaks();
  await settle(60_000);
  expect(states.at(-1)?.[0]).toBe("unauthorised");
  const asked = tickets.mock.calls.length;
  tickets.mockImplementation(async () => ticket());
  connection.authorise("second");
  await settle();
  expect(tickets.mock.calls[asked][1].headers.Authorization).toBe("Bearer second");
  expect(FakeSocket.made).toHaveLength(2);
});

test("the end of the session is the end of trying", async () => {
  newest().says(hello(1));
  newest().says({ type: "session.state", id: 1, state: "ended", t_ms: 1000 });
  newest().breaks();
  await settle(60_000);
  expect(FakeSocket.made).toHaveLength(1);
  expect(states.at(-1)?.[0]).toBe("ended");
});

test("a session that ended meanwhile is not asked for again", async () => {
  tickets.mockImplementation(async () => ticket(409));
  newest().breaks();
  await settle(60_000);
  expect(tickets).toHaveBeenCalledTimes(2);
  expect(states.at(-1)?.[0]).toBe("ended");
});

test("the token is renewed before it ends", async () => {
  expect(tokens).toEqual(["next"]);
  newest().says(hello(1, { state: "paused" }));
  await settle(TIMES.renewal);
  expect(tickets).toHaveBeenCalledTimes(2);
  expect(tickets.mock.calls[1][1].headers.Authorization).toBe("Bearer next");
});

test("marks made while the way is broken are sent when it is back, the oldest given up", async () => {
  newest().breaks();
  for (let i = 0; i < 40; i++) connection.send({ type: "mark.add", t_ms: i });
  await settle(TIMES.lastRetry);
  newest().says(hello(9));
  expect(newest().sent).toHaveLength(32);
  expect(JSON.parse(newest().sent[0])).toMatchObject({ t_ms: 8 });
});

test("another run of the session is taken from its beginning", async () => {
  newest().says(hello(50));
  newest().says(frame(50));
  newest().breaks();
  await settle(TIMES.lastRetry);
  newest().says(hello(2));
  newest().breaks();
  await settle(TIMES.lastRetry);
  expect(newest().url.searchParams.get("seq")).toBe("0");
});
