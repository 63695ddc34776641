import { connect, constants } from "node:http2";
import fastifyWebsocket from "@fastify/websocket";
import { openPeer, until, WireClient } from "@metricast/testkit";
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import fastifyMetricast, { type FastifyMetricastOptions } from "./index.js";

const quiet = { intervalMs: 1_000, defaultSources: false, sources: [() => ({ load: 1 })] } as const;
const open = { ...quiet, public: true } as const;

function newApp(): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.get("/api", async () => "the host's");
  app.setNotFoundHandler((_request, reply) => reply.code(404).send("the host's 404"));
  onTestFinished(() => app.close());
  return app;
}

async function portOf(app: FastifyInstance, host = "127.0.0.1"): Promise<number> {
  return Number(new URL(await app.listen({ port: 0, host })).port);
}

async function started(options: FastifyMetricastOptions = open): Promise<FastifyInstance> {
  const app = newApp();
  await app.register(fastifyMetricast, options);
  return app;
}

describe("routes", () => {
  test("are answered below the prefix, and what nobody knows by the host", async () => {
    const app = await started();
    for (const url of ["/metricast/", "/metricast/overview", "/metricast/health/live", "/metricast/ticket"]) {
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200]);
    }
    for (const url of ["/metricast/none", "/metricast/../api/x", "/other", "/metricast%2fticket"]) {
      const answer = await app.inject(url);
      expect([answer.statusCode, answer.body]).toEqual([404, "the host's 404"]);
    }
    expect((await app.inject("/api")).body).toBe("the host's");
  });

  test("have the prefixes of all that they are registered with", async () => {
    const app = newApp();
    const ops: FastifyPluginAsync = async (scope) => {
      await scope.register(fastifyMetricast, { ...open, prefix: "/live" });
      expect(scope.metricast.options.path).toBe("/ops/live");
    };
    await app.register(ops, { prefix: "/ops" });
    expect((await app.inject("/ops/live/ticket")).statusCode).toBe(200);
    expect((await app.inject("/metricast/ticket")).statusCode).toBe(404);
    const client = await WireClient.open(`ws://127.0.0.1:${await portOf(app)}/ops/live/`);
    expect(client.of("welcome")).toHaveLength(1);
    client.peer.destroy();
  });

  test("lead to the folder, relative to what stands before", async () => {
    const app = await started();
    const { statusCode, headers } = await app.inject("/metricast?token=a");
    expect([statusCode, headers.location]).toEqual([307, "./metricast/?token=a"]);
  });

  test("answer HEAD without a body, and POST whatever its body is", async () => {
    const app = await started();
    const get = await app.inject("/metricast/health/live");
    const head = await app.inject({ method: "HEAD", url: "/metricast/health/live" });
    expect([head.statusCode, head.body]).toEqual([200, ""]);
    expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    for (const type of ["application/json", "text/plain", "a/b"]) {
      const headers = { "content-type": type };
      const answer = await app.inject({ method: "POST", url: "/metricast/ticket", headers, payload: "{" });
      expect([type, answer.statusCode]).toEqual([type, 200]);
    }
  });

  test("are kept out of the host's OpenAPI document", async () => {
    const app = newApp();
    const seen: unknown[] = [];
    app.addHook("onRoute", ({ url, schema }) => {
      seen.push([url, schema?.hide]);
    });
    await app.register(fastifyMetricast, open);
    expect(seen.length).toBeGreaterThan(1);
    for (const route of seen) expect(route).toEqual([expect.stringMatching(/^\/metricast/), true]);
  });
});

describe("the host's hooks", () => {
  const loginOnly = async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.headers["x-user"] === undefined) await reply.code(401).send("log in first");
  };
  const urls = ["/metricast/", "/metricast/ticket", "/metricast/overview", "/metricast/health"];

  test("run before the page and its ticket, also on the server that listens", async () => {
    const app = newApp();
    app.addHook("onRequest", loginOnly);
    // It is `authenticate` that would let the page be answered before the host's own handlers.
    await app.register(fastifyMetricast, { ...quiet, authenticate: () => ({ id: "ann" }) });
    const port = await portOf(app);
    for (const url of urls) {
      const refused = await fetch(`http://127.0.0.1:${port}${url}`);
      expect([refused.status, await refused.text()]).toEqual([401, "log in first"]);
      const headers = { "x-user": "ann" };
      expect((await fetch(`http://127.0.0.1:${port}${url}`, { headers })).status).toBe(200);
    }
  });

  test("of an encapsulated instance run for its routes alone", async () => {
    const app = newApp();
    const ops: FastifyPluginAsync = async (scope) => {
      scope.addHook("onRequest", loginOnly);
      await scope.register(fastifyMetricast, { ...quiet, secret: "a secret of 16 characters" });
    };
    await app.register(ops);
    for (const url of urls) expect((await app.inject(url)).statusCode).toBe(401);
    expect((await app.inject("/api")).statusCode).toBe(200);
    expect(app.hasDecorator("metricast")).toBe(false);
  });

  test("after the answer see it, and may add to it", async () => {
    const app = newApp();
    app.addHook("onSend", async (_request, reply) => {
      reply.header("x-host", "here");
    });
    await app.register(fastifyMetricast, open);
    expect((await app.inject("/metricast/ticket")).headers["x-host"]).toBe("here");
  });
});

test("identify is given Fastify's own request, and names who the socket is for", async () => {
  const app = newApp();
  app.decorateRequest("user", "");
  app.addHook("onRequest", async (request) => {
    Reflect.set(request, "user", request.headers["x-user"] ?? "");
  });
  const identify = (request: FastifyRequest) => {
    const user: unknown = Reflect.get(request, "user");
    return typeof user === "string" && user !== "" ? { id: user } : null;
  };
  await app.register(fastifyMetricast, { ...quiet, identify });
  expect((await app.inject("/metricast/ticket")).statusCode).toBe(401);
  const asked = await app.inject({ url: "/metricast/ticket", headers: { "x-user": "ann" } });
  const { ticket } = asked.json<{ ticket: string }>();
  const url = `ws://127.0.0.1:${await portOf(app)}/metricast/`;
  const client = await WireClient.open(url, { token: ticket });
  expect(app.metricast.disconnect({ id: "bob" })).toBe(0);
  expect(app.metricast.disconnect({ id: "ann" })).toBe(1);
  expect(await client.closed()).toBe(4505);
});

describe("streams", () => {
  test("come as they are written, with what the host's hooks have set", async () => {
    const app = newApp();
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("x-host", "here");
    });
    await app.register(fastifyMetricast, open);
    const port = await portOf(app);
    const answer = await fetch(`http://127.0.0.1:${port}/metricast/stream?channel=metrics`);
    expect(answer.headers.get("content-type")).toMatch("text/event-stream");
    expect(answer.headers.get("x-host")).toBe("here");
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"type":"frame"')) break;
    }
    await until(() => app.metricast.health().clients.count === 0);
  });

  test.each([
    ["never begin where the client left before it was let in", "authenticate", []],
    ["are let go where the client left while they began", "authorize", ["connect", "disconnect"]],
  ] as const)("%s", async (_, hook, expected) => {
    let decide = () => {};
    const decided = new Promise<void>((resolve) => (decide = resolve));
    const asked = { authenticate: false, authorize: false };
    const ask = async (name: typeof hook) => {
      asked[name] = true;
      if (name === hook) await decided;
    };
    const app = await started({
      ...quiet,
      authenticate: () => ask("authenticate").then(() => ({ id: "ann" })),
      authorize: () => ask("authorize").then(() => true),
    });
    let hasLeft = false;
    app.server.on("connection", (socket) => socket.on("close", () => (hasLeft = true)));
    const seen: string[] = [];
    app.metricast.on("connect", () => seen.push("connect"));
    app.metricast.on("disconnect", () => seen.push("disconnect"));
    const port = await portOf(app);
    const leaving = new AbortController();
    const { signal } = leaving;
    const stream = fetch(`http://127.0.0.1:${port}/metricast/stream?channel=metrics`, { signal });
    await until(() => asked[hook]);
    leaving.abort();
    await expect(stream).rejects.toThrow();
    await until(() => hasLeft);
    decide();
    // What it begins, it begins in this turn.
    await new Promise(setImmediate);
    await until(() => seen.length >= expected.length);
    expect(seen).toEqual(expected);
  });

  test("are let go where the client took them back, on a connection of HTTP/2 that goes on", async () => {
    let decide = () => {};
    const decided = new Promise<void>((resolve) => (decide = resolve));
    let isAsked = false;
    const app = Fastify({ http2: true });
    onTestFinished(() => app.close());
    await app.register(fastifyMetricast, {
      ...open,
      authorize: async () => {
        isAsked = true;
        await decided;
        return true;
      },
    });
    let hasLeft = false;
    app.server.on("stream", (stream) => stream.on("close", () => (hasLeft = true)));
    const client = connect(await app.listen({ port: 0, host: "127.0.0.1" }));
    onTestFinished(() => client.destroy());
    const stream = client.request({ ":path": "/metricast/stream?channel=metrics" }).on("error", () => {});
    await until(() => isAsked);
    expect(app.metricast.health().clients.count).toBe(1);
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => hasLeft);
    decide();
    await until(() => app.metricast.health().clients.count === 0);
    expect(client.destroyed).toBe(false);
  });
});

describe("with the app", () => {
  test("sockets work, also where it listens on all addresses of localhost", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const app = await started();
      const port = await portOf(app, host);
      expect(app.metricast.url).toBe(`http://localhost:${port}/metricast/`);
      for (const bound of app.addresses()) {
        const { address } = typeof bound === "string" ? { address: bound } : bound;
        const at = address.includes(":") ? `[${address}]` : address;
        const client = await WireClient.open(`ws://${at}:${port}/metricast/`);
        await until(() => client.of("welcome").length === 1);
        client.peer.destroy();
      }
    }
  });

  test("beside @fastify/websocket both are served", async () => {
    for (const first of [true, false]) {
      const app = newApp();
      if (first) await app.register(fastifyMetricast, open);
      await app.register(fastifyWebsocket);
      if (!first) await app.register(fastifyMetricast, open);
      const echoes: FastifyPluginAsync = async (scope) => {
        scope.get("/echo", { websocket: true }, (socket) => {
          socket.on("message", (data) => socket.send(`echo ${data}`));
        });
      };
      await app.register(echoes);
      const port = await portOf(app);
      const client = await WireClient.open(`ws://127.0.0.1:${port}/metricast/`);
      const echo = await openPeer(`ws://127.0.0.1:${port}/echo`);
      echo.send("hello");
      await until(() => echo.messages.length === 1 && client.of("welcome").length === 1);
      expect(echo.messages).toEqual(["echo hello"]);
      await expect(openPeer(`ws://127.0.0.1:${port}/other`)).rejects.toThrow("404");
      for (const peer of [client.peer, echo]) peer.destroy();
    }
  });

  test("it ends: clients are told to come back, and the app closes", async () => {
    const app = await started();
    const client = await WireClient.open(`ws://127.0.0.1:${await portOf(app)}/metricast/`);
    const closing = app.close();
    expect(await client.closed()).toBe(1012);
    expect(client.of("bye")).toMatchObject([{ code: 1012 }]);
    await closing;
    expect(() => app.metricast.event("late")).toThrow("MC_CLOSED");
  });

  test("in one that does not start nothing goes on", async () => {
    const app = newApp();
    await app.register(fastifyMetricast, open);
    const first = app.metricast;
    await expect(app.register(fastifyMetricast, open)).rejects.toThrow("already");
    await app.close();
    expect(() => first.event("late")).toThrow("MC_CLOSED");
  });

  test("two that are encapsulated share nothing", async () => {
    const app = newApp();
    for (const name of ["a", "b"]) {
      const scoped: FastifyPluginAsync = async (scope) => {
        await scope.register(fastifyMetricast, { ...open, sources: [() => ({ [name]: 1 })] });
      };
      await app.register(scoped, { prefix: `/${name}` });
    }
    const port = await portOf(app);
    for (const name of ["a", "b"]) {
      const client = await WireClient.open(`ws://127.0.0.1:${port}/${name}/metricast/`);
      const answer = await client.ask({ type: "list", channel: "metrics" });
      expect(answer).toMatchObject({ channels: [{ series: [{ name }] }] });
      client.peer.destroy();
    }
  });
});
