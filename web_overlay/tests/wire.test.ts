import { decode as unpack, encode as pack } from "@msgpack/msgpack";
import { expect, test } from "vitest";
import { decode, encode, JSON_TEXT, MSGPACK } from "../src/wire";
import { frame, value } from "./script";

const second = frame(7, { "voice.f0_hz": value(180.5, 1.25), "face.yaw": { why: "no_face" } });

test("both encodings carry the same second", () => {
  const bytes = pack(second);
  const packed = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  expect(packed).toEqual(second);
  expect(decode(JSON.stringify(second))).toEqual(second);
});

test("a message of an unknown kind is passed over", () => {
  expect(decode('{"type":"weather.changed"}')).toBeNull();
  expect(decode("17")).toBeNull();
});

test("what goes up is written as the connection speaks", () => {
  const mark = { type: "mark.add", t_ms: 12_000, note: "why now" } as const;
  expect(JSON.parse(encode(mark, JSON_TEXT) as string)).toEqual(mark);
  expect(unpack(encode(mark, MSGPACK) as Uint8Array)).toEqual(mark);
});
