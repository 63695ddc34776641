import { EncodedFrame, Packet } from "@metricast/core";
import { expect, test } from "vitest";
import { retryOf } from "./event-text.js";

const said = (message: object) =>
  retryOf(new Packet([EncodedFrame.text(JSON.stringify(message))]))?.toString();

test("who may come back is told when, who may not to stay away for a day", () => {
  expect(said({ type: "bye", code: 1012, reason: "", reconnectAfterMs: 700 })).toBe("retry: 700\n");
  expect(said({ type: "bye", code: 4002, reason: "" })).toBeUndefined();
  expect(said({ type: "bye", code: 4505, reason: "", reconnectAfterMs: 700 })).toBe("retry: 86400000\n");
  expect(said({ type: "frame", code: 4505 })).toBeUndefined();
});
