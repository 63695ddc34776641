import uws from "uWebSockets.js";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UwsHost, until } from "@metricast/testkit";
import { metricast } from "metricast";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { attachUws } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "metricast-tls-"));
const files = { key_file_name: join(folder, "key.pem"), cert_file_name: join(folder, "cert.pem") };

beforeAll(() => {
  const subject = ["-subj", "/CN=127.0.0.1", "-days", "1", "-nodes"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const out = ["-keyout", files.key_file_name, "-out", files.cert_file_name];
  execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...out], { stdio: "pipe" });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A metricast on an SSLApp, as its host has told it, or forgotten to. */
async function serve(secure: boolean) {
  const cast = metricast({
    public: true,
    defaultSources: false,
    intervalMs: 100,
    sources: [() => ({ one: 1 })],
  });
  const library = { ...uws, App: () => uws.SSLApp(files) };
  const host = await UwsHost.start(library, (app) => attachUws(app, cast, { secure }));
  onTestFinished(async () => {
    await cast.close();
    host.close();
  });
  return host.port;
}

/** A browser's page of that origin. */
function open(port: number, origin: string): WebSocket {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/metricast/`, { origin, rejectUnauthorized: false });
  onTestFinished(() => socket.terminate());
  socket.on("error", () => {});
  return socket;
}

async function refusalOf(socket: WebSocket): Promise<number | undefined> {
  const [, response] = await once(socket, "unexpected-response");
  return response.statusCode;
}

test("over TLS frames come, and the page's own origin is that of https", async () => {
  const port = await serve(true);
  const socket = open(port, `https://127.0.0.1:${port}`);
  const types: string[] = [];
  socket.on("message", (data) => types.push(JSON.parse(String(data)).type));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] }));
  await until(() => types.filter((type) => type === "frame").length > 2);
  expect(await refusalOf(open(port, `http://127.0.0.1:${port}`))).toBe(403);
});

test("twin: where the host forgot to say so, its own page is refused", async () => {
  const port = await serve(false);
  expect(await refusalOf(open(port, `https://127.0.0.1:${port}`))).toBe(403);
});

test("over TLS a stream is a stream", async () => {
  const port = await serve(true);
  const url = `https://127.0.0.1:${port}/metricast/stream?channel=metrics`;
  const asked = get(url, { rejectUnauthorized: false, agent: false });
  onTestFinished(() => void asked.destroy());
  const [response] = await once(asked, "response");
  expect([response.statusCode, response.headers["content-type"]]).toEqual([
    200,
    expect.stringMatching("text/event-stream"),
  ]);
  let text = "";
  response.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await until(() => text.includes('"type":"frame"'));
});
