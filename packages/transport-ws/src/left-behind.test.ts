import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { HttpHost, RecordingAcceptor, until, upgradeRequest } from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { attachWs } from "./index.js";

const path = "/metricast";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A host with metricast, and what it says of how many connections it has. */
async function start(acceptor: RecordingAcceptor) {
  const host = await HttpHost.start((_, response) => response.end("ok"));
  cleanups.push(() => host.close());
  attachWs(host.server, acceptor, { path });
  const count = () =>
    new Promise<number>((resolve) => host.server.getConnections((_, open) => resolve(open)));
  return { host, count };
}

/** Reads an answer to its end, and never ends its own side. */
async function askAndStay({ port }: HttpHost, request: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  cleanups.push(() => socket.destroy());
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(request);
  // What nobody reads would keep the end from being seen.
  await until(() => answer !== "");
  socket.write("more");
  if (!socket.readableEnded) await once(socket, "end");
  return { socket, answer };
}

describe("a client that keeps its side open is let go of all the same", () => {
  test("where it was refused", async () => {
    const refused = { accepted: false, status: 403, headers: {}, body: "{}" } as const;
    const { host, count } = await start(new RecordingAcceptor({ decide: () => refused }));
    const { answer } = await askAndStay(host, upgradeRequest(host.ws(path)));
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    await until(async () => (await count()) === 0);
  });

  test("where its upgrade is nobody's and has more headers than Node keeps", async () => {
    const { host, count } = await start(new RecordingAcceptor());
    host.server.maxHeadersCount = 10;
    const many = Array.from({ length: 20 }, (_, k) => `x${k}: 1\r\n`).join("");
    const request = `GET /api HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${many}\r\n`;
    const { answer } = await askAndStay(host, request);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    await until(async () => (await count()) === 0);
  });
});
