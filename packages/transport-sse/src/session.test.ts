import { RecordingAcceptor } from "@metricast/testkit";
import { expect, test } from "vitest";
import { askSession } from "./session.js";

const request = {
  method: "GET",
  path: "/stream",
  query: "",
  headers: new Map(),
  remoteAddress: "192.0.2.1",
  secure: false,
};

test.each([
  ["who is still there gets a session", false, 1],
  ["for whoever left while its admission waited there is none", true, 0],
])("%s", async (_, isGone, sessions) => {
  const acceptor = new RecordingAcceptor({ answer: '{"type":"subscribed","id":1,"items":[]}' });
  const answered = await askSession(acceptor, { ...request, isGone: () => isGone }, () => ({}));
  expect([acceptor.sessions.length, "status" in answered]).toEqual([sessions, isGone]);
});
