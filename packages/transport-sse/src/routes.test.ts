import type { HttpRequest } from "@metricast/core";
import { RecordingAcceptor } from "@metricast/testkit";
import { expect, test } from "vitest";
import { sseRoutes } from "./index.js";

const paths = ["/stream", "/query", "/catalogue"];

/** What a request is answered by routes whose acceptor answers it so. */
async function answerTo(request: Partial<HttpRequest>, answer = '{"type":"series","id":1,"channels":[]}') {
  const acceptor = new RecordingAcceptor({ answer });
  const address = { method: "GET", path: "/stream", query: "" };
  const sender = { headers: new Map<string, string>(), remoteAddress: "9.9.9.9", secure: false };
  const answered = await sseRoutes(acceptor)({ ...address, ...sender, ...request });
  return { answered, admissions: acceptor.admissions, open: acceptor.open.length };
}

test.each(paths)("%s takes no other method than GET, and asks nobody", async (path) => {
  for (const method of ["POST", "HEAD", "DELETE", "get", ""]) {
    const { answered, admissions } = await answerTo({ path, method });
    expect(answered).toMatchObject({ status: 405, headers: { Allow: "GET" } });
    expect(admissions).toBe(0);
  }
});

test.each(paths)("%s takes an address of 16 KB and not one character more", async (path) => {
  const query = "x".repeat(16_384 - path.length);
  expect((await answerTo({ path, query })).admissions).toBe(1);
  expect(await answerTo({ path, query: `${query}x` })).toMatchObject({
    answered: { status: 414 },
    admissions: 0,
  });
});

test("whatever is answered is kept by nobody and taken for nothing else; a stream is held back and changed by nobody", async () => {
  const plain = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
  const refusal = '{"type":"error","id":1,"code":"forbidden","temporary":false}';
  for (const path of ["/query", "/catalogue"])
    expect((await answerTo({ path })).answered).toMatchObject({ status: 200, headers: plain });
  for (const path of paths)
    expect((await answerTo({ path }, refusal)).answered).toMatchObject({ status: 403, headers: plain });
  const stream = await answerTo({}, '{"type":"subscribed","id":1,"items":[]}');
  expect(stream.answered).toMatchObject({
    status: 200,
    headers: { ...plain, "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no" },
  });
});

test.each(["/query", "/catalogue"])("%s ends its session with its answer", async (path) => {
  expect((await answerTo({ path })).open).toBe(0);
});
