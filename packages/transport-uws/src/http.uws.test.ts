import uws from "uWebSockets.js";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  createMetricast,
  type HttpAnswer,
  type HttpHandler,
  type HttpListener,
  type HttpRequest,
  type HttpSink,
  type HttpStream,
} from "@metricast/core";
import { parseResponse, type RawResponse, rawHttp, UwsHost, until } from "@metricast/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { attachUws, uwsHandler } from "./index.js";

const path = "/metricast";
const host404 = "the host's own 404";

/** A handler's routes on an App, and a host's own around them. */
async function serve(handle: HttpHandler<HttpAnswer>, options: { readonly secure?: boolean } = {}) {
  const host = await UwsHost.start(uws, (app) => {
    const route = uwsHandler(handle, { path, ...options });
    app.any(path, route);
    app.any(`${path}/*`, route);
    app.any("/*", (response) => {
      response.writeStatus("404 Not Found").end(host404);
    });
  });
  onTestFinished(() => host.close());
  return host;
}

function ask(port: number, method: string, address: string, ...headers: readonly string[]) {
  const lines = [`${method} ${address} HTTP/1.1`, "Host: a", ...headers];
  return rawHttp(port, `${lines.join("\r\n")}\r\n\r\n`);
}

/** Answers every path that is known with what `answer` says, and writes down what it was asked. */
function handlerOf(known: readonly string[], answer: (request: HttpRequest) => HttpAnswer) {
  const asked: HttpRequest[] = [];
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    asked.push(request);
    // The request of uWS is dead by then.
    await new Promise(setImmediate);
    return answer(request);
  };
  return { asked, handle: Object.assign(handle, { knows: (given: string) => known.includes(given) }) };
}

describe("the routes of a metricast", () => {
  const cast = createMetricast({ public: true, secret: "a secret of more than 16 characters" });
  let port: number;

  beforeEach(async () => {
    ({ port } = await serve(cast.http));
  });

  test("health and metrics are what they are on node:http", async () => {
    const live = await ask(port, "GET", "/metricast/health/live");
    expect([live.status, live.body]).toEqual([200, '{"status":"ok"}']);
    expect(live.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect((await ask(port, "GET", "/metricast/metrics")).headers.get("content-type")).toMatch(
      /^text\/plain/,
    );
  });

  test.each(["GET", "POST"])("%s gives a ticket and sets its cookie, whatever the body", async (method) => {
    const { status, headers, body } = await ask(port, method, "/metricast/ticket", "Content-Length: 0");
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { ticket: expect.any(String), expiresMs: expect.any(Number) },
    ]);
    expect(headers.get("set-cookie")).not.toContain("Secure");
  });

  test("the cookie is for TLS alone where the App is", async () => {
    const { port: secure } = await serve(cast.http, { secure: true });
    expect(
      (await ask(secure, "POST", "/metricast/ticket", "Content-Length: 0")).headers.get("set-cookie"),
    ).toContain("Secure");
  });

  test("HEAD names the length of the body that GET has, once, and sends none", async () => {
    const got = await ask(port, "GET", "/metricast/health/live");
    const { status, headers, text } = await headOf(port, "/metricast/health/live");
    expect(status).toBe(200);
    expect(text.match(/content-length/gi)).toHaveLength(1);
    expect(headers.get("content-length")).toBe(String(got.body.length));
    expect(text.endsWith("\r\n\r\n")).toBe(true);
  });

  test("a method that a route does not have is told those it has", async () => {
    const { status, headers } = await ask(port, "DELETE", "/metricast/health");
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test.each([
    "/metricast/nope",
    "/metricast",
    "/metricast/",
    "/metricast2/health",
    "/",
    "/metricast/%68ealth",
  ])("%s is left to the host", async (address) => {
    const { status, body } = await ask(port, "GET", address);
    expect([status, body]).toEqual([404, host404]);
  });
});

test("a request is copied whole, and is still there after a wait", async () => {
  const { asked, handle } = handlerOf(["/a"], () => ({ status: 200, headers: {}, body: "x" }));
  const { port } = await serve(handle);
  await ask(port, "GET", "/metricast/a?b=c&d", "X-Twice: 1", "x-twice: 2");
  expect(asked[0]).toMatchObject({
    method: "GET",
    path: "/a",
    query: "b=c&d",
    remoteAddress: "127.0.0.1",
    secure: false,
    unguarded: false,
  });
  expect(asked[0]?.headers.get("x-twice")).toBe("1, 2");
});

test("the page's address without its slash leads to the one with it, wherever it is mounted", async () => {
  const { handle } = handlerOf(["/"], () => ({ status: 200, headers: {}, body: "page" }));
  const { port } = await serve(handle);
  const { status, headers } = await ask(port, "GET", "/metricast?token=x");
  expect([status, headers.get("location")]).toEqual([307, "./metricast/?token=x"]);
  expect((await ask(port, "GET", "/metricast/")).body).toBe("page");
});

test("a handler that fails ends the connection, and no other", async () => {
  const { handle } = handlerOf(["/a", "/b"], ({ path: asked }) => {
    if (asked === "/a") throw new Error("a fault of the handler");
    return { status: 200, headers: {}, body: "fine" };
  });
  const { port } = await serve(handle);
  expect((await ask(port, "GET", "/metricast/a")).text).toBe("");
  expect((await ask(port, "GET", "/metricast/b")).body).toBe("fine");
});

test("on an App the page is offered before any login, and only what may be", async () => {
  const { asked, handle } = handlerOf(["/"], () => ({ status: 200, headers: {}, body: "page" }));
  const cast = createMetricast({ public: true });
  const served = { acceptor: cast.acceptor, options: { path }, openHttp: handle };
  const host = await UwsHost.start(uws, (app) => attachUws(app, served));
  onTestFinished(() => host.close());
  expect((await ask(host.port, "GET", "/metricast/")).body).toBe("page");
  expect(asked[0]?.unguarded).toBe(true);
});

describe("a stream", () => {
  let sink: HttpSink | undefined;
  let told: string[] = [];
  let abandoned = 0;

  const listener: HttpListener = { drained: () => told.push("drained"), closed: () => told.push("closed") };
  const stream: HttpStream = {
    status: 200,
    headers: { "Content-Type": "text/event-stream" },
    open(given) {
      sink = given;
      given.write(Buffer.from("first"));
      return listener;
    },
    abandon: () => (abandoned += 1),
  };

  beforeEach(() => {
    sink = undefined;
    told = [];
    abandoned = 0;
  });

  const clients: Socket[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
  });

  async function begin(answer: HttpAnswer = stream) {
    const { handle } = handlerOf(["/stream"], () => answer);
    const { port } = await serve(handle);
    const client = connect(port, "127.0.0.1");
    clients.push(client);
    const received: Buffer[] = [];
    client.on("data", (chunk) => received.push(chunk));
    client.on("error", () => {});
    client.write("GET /metricast/stream HTTP/1.1\r\nHost: a\r\n\r\n");
    return {
      client,
      text: () => Buffer.concat(received).toString(),
      bytes: () => Buffer.concat(received).length,
    };
  }

  function opened(): HttpSink {
    if (sink === undefined) throw new Error("the stream was not opened");
    return sink;
  }

  test("goes out as it is written, without a length, and ends with what was written", async () => {
    const { client, text } = await begin();
    await until(() => text().includes("first"));
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text()).not.toMatch(/content-length/i);
    expect(opened().write(Buffer.from("second"))).toBe(true);
    opened().end();
    expect(told).toEqual([]);
    await until(() => text().endsWith("0\r\n\r\n"));
    expect(text()).toContain("second");
    expect(told).toEqual(["closed"]);
    expect(opened().write(Buffer.from("late"))).toBe(false);
    opened().destroy();
    expect(told).toEqual(["closed"]);
    client.destroy();
  });

  test("counts what a client does not read, and tells when it reads on", async () => {
    const { client, text, bytes } = await begin();
    await until(() => text().includes("first"));
    client.pause();
    const chunk = Buffer.alloc(256 * 1024, 120);
    let sent = 0;
    for (; opened().bufferedBytes < 1024 * 1024; sent += 1) {
      expect(opened().write(chunk)).toBe(true);
      expect(sent).toBeLessThan(100);
      await new Promise(setImmediate);
    }
    expect(told).toEqual([]);
    client.resume();
    await until(() => told.includes("drained"), 10_000);
    expect(opened().bufferedBytes).toBe(0);
    opened().write(Buffer.from("last"));
    await until(() => text().endsWith("last"), 10_000);
    expect(bytes()).toBeGreaterThan(sent * chunk.length);
  });

  test("of a client that leaves is closed once", async () => {
    const { client, text } = await begin();
    await until(() => text().includes("first"));
    client.resetAndDestroy();
    await until(() => told.length > 0);
    opened().end();
    opened().destroy();
    expect([told, opened().write(Buffer.from("late"))]).toEqual([["closed"], false]);
  });

  test("can be destroyed at once", async () => {
    const { client, text } = await begin();
    await until(() => text().includes("first"));
    const closed = once(client, "close");
    opened().destroy();
    expect(told).toEqual([]);
    await closed;
    expect(told).toEqual(["closed"]);
  });

  test("is abandoned where the client is gone before it begins", async () => {
    let answer: (stream: HttpAnswer) => void = () => {};
    let isAsked = false;
    const handle = () => {
      isAsked = true;
      return new Promise<HttpAnswer>((resolve) => {
        answer = resolve;
      });
    };
    const { port } = await serve(Object.assign(handle, { knows: () => true }));
    const client = connect(port, "127.0.0.1");
    client.on("error", () => {});
    client.write("GET /metricast/stream HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => isAsked);
    client.resetAndDestroy();
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return true;
    });
    answer(stream);
    await until(() => abandoned === 1);
    expect(sink).toBeUndefined();
  });
});

/** What comes before the answer to the next request: a body behind the head would stand between them. */
async function headOf(port: number, address: string): Promise<RawResponse> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.write(`HEAD ${address} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await until(() => text.includes("\r\n\r\n"));
  socket.write("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => text.includes(host404));
  return parseResponse(text.slice(0, text.indexOf("HTTP/1.1 404")));
}
