// The gateway's golden messages, one of each kind: what it writes, we read, in both encodings.
import { expect, test } from "vitest";
import { decode } from "../src/wire";

const texts = import.meta.glob<string>("../../tests/golden/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
const packed = import.meta.glob<string>("../../tests/golden/*.msgpack", {
  query: "?inline",
  import: "default",
  eager: true,
});

function bytes(dataUrl: string): ArrayBuffer {
  const binary = atob(dataUrl.slice(dataUrl.indexOf(",") + 1));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

const kinds = Object.keys(texts).map((path) =>
  path.slice(path.lastIndexOf("/") + 1, -".json".length),
);

test("there is a golden message of each kind", () => {
  expect(kinds.length).toBeGreaterThanOrEqual(7);
});

test.each(kinds)("%s reads the same from JSON and from msgpack", (kind) => {
  const text = texts[`../../tests/golden/${kind}.json`]!;
  const message = decode(text);
  expect(message).toEqual(JSON.parse(text));
  expect(decode(bytes(packed[`../../tests/golden/${kind}.msgpack`]!))).toEqual(message);
});
