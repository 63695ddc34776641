import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, constants, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpRequest, HttpSink, HttpStream } from "./message.js";
import { type NodeHandler, nodeHandler } from "./node.js";

const servers: (Server | Http2Server)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Megabytes take a busy machine a while. */
const patiently = { timeout: 10_000 };

/** A handler with one stream, and what it was told. */
function streaming(headers: Record<string, string> = { "Content-Type": "text/event-stream" }) {
  const told: string[] = [];
  const sinks: HttpSink[] = [];
  const stream: HttpStream = {
    status: 200,
    headers,
    open(sink) {
      sinks.push(sink);
      return { drained: () => told.push("drained"), closed: () => told.push("closed") };
    },
    abandon: () => told.push("abandoned"),
  };
  const handle = Object.assign(async () => stream, { knows: () => true });
  return { told, sinks, stream, answer: nodeHandler(handle, "/metricast") };
}

async function listen<S extends Server | Http2Server>(server: S): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server's address is never a string.
  return (server.address() as AddressInfo).port;
}

function ask(port: number, headers = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, path: "/metricast/stream", host: "127.0.0.1", headers, agent: false }, resolve).on(
      "error",
      reject,
    );
  });
}

/** What compressing middleware does to a response. */
function compress(response: ServerResponse): void {
  const gzip = createGzip();
  const write = response.write.bind(response);
  gzip.on("data", (chunk) => write(chunk));
  Object.assign(response, {
    write: (chunk: Uint8Array) => gzip.write(chunk),
    flush: () => gzip.flush(),
  });
}

/** A stream that is not given before `give` is called. */
function waiting() {
  const { stream, ...rest } = streaming();
  let give = () => {};
  let hear: (requests: HttpRequest[]) => void;
  const asked = new Promise<HttpRequest[]>((resolve) => {
    hear = resolve;
  });
  const handle = async (request: HttpRequest) => {
    hear([request]);
    await new Promise<void>((resolve) => {
      give = resolve;
    });
    return stream;
  };
  const answer = nodeHandler(Object.assign(handle, { knows: () => true }), "/metricast");
  return { ...rest, answer, asked, give: () => give() };
}

/** A client that can leave, and its connection closed after it. */
async function askHttp1(answer: NodeHandler) {
  const port = await listen(createServer((asking, given) => void answer(asking, given)));
  const request = get({ port, path: "/metricast/stream" }).on("error", () => {});
  return { leave: () => request.destroy(), close: () => {} };
}

/** One stream of a connection that goes on. */
async function askHttp2(answer: NodeHandler) {
  const server = createHttp2Server((asking, given) => void answer(asking as never, given as never));
  const client = connect(`http://127.0.0.1:${await listen(server)}`);
  const stream = client.request({ ":path": "/metricast/stream" }).on("error", () => {});
  return { leave: () => stream.close(constants.NGHTTP2_CANCEL), close: () => client.close() };
}

const piece = (response: IncomingMessage) =>
  new Promise<string>((resolve) => response.once("data", (chunk) => resolve(String(chunk))));

describe("an answer without an end", () => {
  it("gives the head at once, then each piece as it comes, and is over when it says so", async () => {
    const { told, sinks, answer } = streaming();
    const response = await ask(await listen(createServer((asking, given) => void answer(asking, given))));
    expect(response.headers).toMatchObject({ "content-type": "text/event-stream" });
    expect(response.headers["content-length"]).toBeUndefined();
    for (const text of ["first", "second"]) {
      expect(sinks[0]?.write(Buffer.from(text))).toBe(true);
      expect(await piece(response)).toBe(text);
    }
    sinks[0]?.end();
    response.resume();
    await new Promise((resolve) => response.once("end", resolve));
    await expect.poll(() => told).toEqual(["closed"]);
    expect(sinks[0]?.write(Buffer.from("late"))).toBe(false);
  });

  it("has written before the turn is over, as a process that crashes has no other", async () => {
    const { sinks, answer } = streaming();
    const response = await ask(await listen(createServer((asking, given) => void answer(asking, given))));
    sinks[0]?.write(Buffer.from("last words"));
    expect(sinks[0]?.bufferedBytes).toBe(0);
    expect(await piece(response)).toBe("last words");
  });

  it("counts what a reader that stops leaves in the process, and says when it can take more", async () => {
    const { told, sinks, answer } = streaming();
    const response = await ask(await listen(createServer((asking, given) => void answer(asking, given))));
    const [sink] = sinks;
    expect(sink?.bufferedBytes).toBe(0);
    for (let at = 0; at < 200; at++) sink?.write(Buffer.alloc(65_536));
    expect(sink?.bufferedBytes).toBeGreaterThan(65_536);
    response.resume();
    await expect.poll(() => told, patiently).toEqual(["drained"]);
    expect(sink?.bufferedBytes).toBe(0);
    sink?.destroy();
    await expect.poll(() => told).toEqual(["drained", "closed"]);
  });

  it("tells once of a client that leaves", async () => {
    const { told, sinks, answer } = streaming();
    const response = await ask(await listen(createServer((asking, given) => void answer(asking, given))));
    response.on("error", () => {});
    response.destroy();
    await expect.poll(() => told).toEqual(["closed"]);
    sinks[0]?.end();
    sinks[0]?.destroy();
    expect(told).toEqual(["closed"]);
  });

  it("is flushed where a middleware compresses it", async () => {
    const { sinks, answer } = streaming();
    const port = await listen(
      createServer((asking, given) => {
        compress(given);
        answer(asking, given);
      }),
    );
    const response = await ask(port);
    for (const text of ["one", "two"]) {
      const came = piece(response);
      sinks[0]?.write(Buffer.from(text));
      // A compressor that was not told would wait for more.
      expect((await came).length).toBeGreaterThan(0);
    }
  });

  it("is served over HTTP/2 as well", async () => {
    const { told, sinks, answer } = streaming();
    const server = createHttp2Server((asking, given) => {
      // The compatible halves of HTTP/2 have what is used of node:http's.
      void answer(asking as never, given as never);
    });
    const client = connect(`http://127.0.0.1:${await listen(server)}`);
    const stream = client.request({ ":path": "/metricast/stream" });
    await new Promise((resolve) => stream.once("response", resolve));
    for (let at = 0; at < 40; at++) sinks[0]?.write(Buffer.alloc(65_536));
    expect(sinks[0]?.bufferedBytes).toBeGreaterThan(65_536);
    stream.resume();
    await expect.poll(() => told, patiently).toEqual(["drained"]);
    client.close();
    stream.destroy();
    await expect.poll(() => told).toEqual(["drained", "closed"]);
  });

  describe.each(["HTTP/1", "HTTP/2"])("whose client leaves before it is given, over %s", (version) => {
    it("is abandoned, and who decided about it could tell", async () => {
      const { told, sinks, answer, asked, give } = waiting();
      const client = version === "HTTP/2" ? await askHttp2(answer) : await askHttp1(answer);
      const [request] = await asked;
      expect(request?.isGone?.()).toBe(false);
      client.leave();
      await expect.poll(() => request?.isGone?.()).toBe(true);
      give();
      await expect.poll(() => told).toEqual(["abandoned"]);
      expect(sinks).toEqual([]);
      client.close();
    });
  });
});
