import fastifyCookie from "@fastify/cookie";
import fastifySession from "@fastify/session";
import { HttpHost, until, WireClient } from "@metricast/testkit";
import express from "express";
import expressSession from "express-session";
import Fastify from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Cast, type HttpRequest, type Identity, metricast } from "../index.js";

// One login of the host's, in front of the page, covers the socket too: by the ticket that the page gets behind it.

const secret = "the session's secret, of 32 characters or more";

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}
declare module "fastify" {
  interface Session {
    user?: string;
  }
}

/** Whom the session knows; both frameworks put it on the request that the handler is given. */
function identify({ raw }: HttpRequest): Identity | null {
  const session: unknown = Reflect.get(Object(raw), "session");
  const user: unknown = Reflect.get(Object(session), "user");
  return typeof user === "string" ? { id: user } : null;
}

const newCast = () =>
  metricast({ intervalMs: 1_000, identify, defaultSources: false, sources: [() => ({ load: 1 })] });

async function onExpress(): Promise<{ cast: Cast; port: number }> {
  const cast = newCast();
  const app = express();
  app.use(expressSession({ secret, resave: false, saveUninitialized: false }));
  app.get("/login", (request, response) => {
    request.session.user = "ann";
    response.end("hello ann");
  });
  app.use("/metricast", (request, response, next) => {
    if (request.session.user === undefined) response.status(401).end("log in first");
    else next();
  });
  app.use("/metricast", cast.handler());
  const host = await HttpHost.start(app);
  cast.attach(host.server);
  onTestFinished(async () => {
    await cast.close();
    await host.close();
  });
  return { cast, port: host.port };
}

async function onFastify(): Promise<{ cast: Cast; port: number }> {
  const cast = newCast();
  const app = Fastify({ forceCloseConnections: true });
  await app.register(fastifyCookie);
  await app.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false });
  app.get("/login", async (request) => {
    request.session.user = "ann";
    return "hello ann";
  });
  const handle = cast.handler();
  app.route({
    method: ["GET", "HEAD", "POST"],
    url: "/metricast/*",
    preHandler: async (request, reply) => {
      if (request.session.user === undefined) return reply.code(401).send("log in first");
    },
    handler: (request, reply) => {
      reply.hijack();
      handle(Object.assign(request.raw, { session: request.session }), reply.raw);
    },
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  cast.attach(app.server);
  onTestFinished(async () => {
    await cast.close();
    await app.close();
  });
  const address = app.server.address();
  return { cast, port: typeof address === "object" && address !== null ? address.port : 0 };
}

describe.each([
  ["an Express session", onExpress],
  ["a Fastify session", onFastify],
])("behind %s", (_, start) => {
  const cookieOf = (answer: Response) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

  async function open() {
    const { cast, port } = await start();
    const ask = (path: string, cookie = "", method = "GET") =>
      fetch(`http://127.0.0.1:${port}${path}`, { method, headers: cookie === "" ? {} : { cookie } });
    const socket = (options: Parameters<typeof WireClient.open>[1] = {}) =>
      WireClient.open(`ws://127.0.0.1:${port}/metricast/`, options);
    const login = async () => cookieOf(await ask("/login"));
    return { cast, ask, socket, login };
  }

  test("neither page nor socket opens without the login", async () => {
    const { cast, ask, socket } = await open();
    for (const path of ["/metricast/", "/metricast/ticket", "/metricast/overview", "/metricast/health"]) {
      const refused = await ask(path);
      expect([refused.status, await refused.text()]).toEqual([401, "log in first"]);
    }
    for (const token of ["", "guess", cast.startToken.slice(1)]) {
      const client = await socket();
      client.send({ type: "hello", id: 1, token });
      expect(await client.closed()).toBe(4502);
      expect(client.of("welcome")).toEqual([]);
    }
    await until(() => cast.health().clients.count === 0);
  });

  test("both open with it: the page, its ticket, and by that the socket", async () => {
    const { cast, ask, socket, login } = await open();
    const session = await login();
    const page = await ask("/metricast/", session);
    expect(page.status).toBe(200);
    const html = await page.text();
    const [, script = ""] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
    expect((await ask(`/metricast/${script}`, session)).status).toBe(200);
    expect((await ask("/metricast/overview", session)).status).toBe(200);
    const asked = await ask("/metricast/ticket", session, "POST");
    const { ticket } = (await asked.json()) as { ticket: string };
    const byHello = await socket({ token: ticket });
    const byCookie = await socket({ headers: [["Cookie", cookieOf(asked)]] });
    for (const client of [byHello, byCookie]) expect(client.of("welcome").length).toBeGreaterThan(0);
    expect(cast.health().clients.count).toBe(2);
    for (const { peer } of [byHello, byCookie]) peer.destroy();
  });
});

test("whom only the login in front of the handler vouches for is nobody to the server that metricast is attached to", async () => {
  const identify = () => ({ id: "whoever passed the login" });
  const cast = metricast({ defaultSources: false, identify, authenticate: () => null });
  const handle = cast.handler();
  const behindLogin = await HttpHost.start((request, response) => void handle(request, response));
  const attached = await HttpHost.start((_, response) => void response.writeHead(404).end());
  cast.attach(attached.server);
  onTestFinished(async () => {
    await cast.close();
    await behindLogin.close();
    await attached.close();
  });
  const ask = async ({ port }: HttpHost, path: string) =>
    (await fetch(`http://127.0.0.1:${port}/metricast/${path}`)).status;
  expect([await ask(behindLogin, "ticket"), await ask(behindLogin, "")]).toEqual([200, 200]);
  expect([await ask(attached, "ticket"), await ask(attached, "")]).toEqual([401, 401]);
});
