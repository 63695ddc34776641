import { expect, test } from "vitest";
import { movingPicture } from "./moving-picture.js";

function chunk(name: string, body: string): Buffer {
  const head = Buffer.from(`${name}....`, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, Buffer.from(body), Buffer.alloc(body.length % 2)]);
}

const still = (...chunks: readonly Buffer[]) =>
  chunk("RIFF", Buffer.concat([Buffer.from("WEBP"), ...chunks]).toString("latin1"));

/** Names and bodies of the chunks in a container. */
function chunksOf(container: Buffer, from: number): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = from; at < container.length; ) {
    const length = container.readUInt32LE(at + 4);
    found.push([container.toString("latin1", at, at + 4), container.subarray(at + 8, at + 8 + length)]);
    at += 8 + length + (length % 2);
  }
  return found;
}

test("stills become frames of one picture, without what else they hold", () => {
  const stills = [still(chunk("VP8 ", "one")), still(chunk("VP8X", "flags....."), chunk("VP8 ", "four"))];
  const moving = movingPicture(stills, { width: 1_200, height: 700 }, 500);

  expect([moving.readUInt32LE(4), moving.toString("latin1", 8, 12)]).toEqual([moving.length - 8, "WEBP"]);
  const chunks = chunksOf(moving, 12);
  expect(chunks.map(([name]) => name)).toEqual(["VP8X", "ANIM", "ANMF", "ANMF"]);
  const frames = chunks.slice(2).map(([, body]) => body);
  expect(
    frames.map((frame) => [frame.readUIntLE(6, 3), frame.readUIntLE(9, 3), frame.readUIntLE(12, 3)]),
  ).toEqual([1, 2].map(() => [1_199, 699, 500]));
  expect(frames.map((frame) => chunksOf(frame, 16).map(([name, body]) => [name, body.toString()]))).toEqual([
    [["VP8 ", "one"]],
    [["VP8 ", "four"]],
  ]);
});
