import { once } from "node:events";
import { connect } from "node:net";
import type { Sample } from "@metricast/core";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HttpTiming, httpTiming } from "./http.js";

const apps: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function create(): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  apps.push(app);
  return app;
}

function read(timing: HttpTiming): Sample[] {
  const samples = timing.source.read({ now: 0, signal: new AbortController().signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

async function counted(timing: HttpTiming): Promise<string[]> {
  await vi.waitFor(() =>
    expect(read(timing).at(-1)).toMatchObject({ name: "http_requests_in_flight", value: 0 }),
  );
  return read(timing).flatMap(({ labels, value }) =>
    typeof value === "number" ? [] : `${Object.values(labels ?? {}).join(" ")} ${value.count}`,
  );
}

describe("httpTiming in a Fastify app", () => {
  it.each(["plugin", "hook"] as const)("labels by route pattern and status class, as a %s", async (how) => {
    const timing = httpTiming();
    const app = create();
    if (how === "plugin") await app.register(timing.plugin);
    else app.addHook("onRequest", timing.onRequest);
    app.get("/users/:id", async () => "user");
    app.post("/users", async (_request, reply) => reply.code(201).send());
    app.get("/throws", async () => {
      throw new Error("thrown");
    });
    const deep = (api: FastifyInstance, _options: object, done: () => void) => {
      api.get("/deep/:x", async () => "deep");
      done();
    };
    await app.register(deep, { prefix: "/api" });
    const url = await app.listen({ port: 0, host: "127.0.0.1" });

    for (const path of ["/users/1", "/users/2", "/throws", "/api/deep/3", "/none", "/none/more"]) {
      await (await fetch(url + path)).text();
    }
    await (await fetch(`${url}/users`, { method: "POST" })).text();
    await (await fetch(`${url}/users/1`, { method: "HEAD" })).text();
    expect(await counted(timing)).toEqual([
      "GET /users/:id 2xx 2",
      "GET /throws 5xx 1",
      "GET /api/deep/:x 2xx 1",
      "GET unmatched 4xx 2",
      "POST /users 2xx 1",
      "HEAD /users/:id 2xx 1",
    ]);
  });

  it("counts a client that left before its answer", async () => {
    const timing = httpTiming();
    const app = create();
    await app.register(timing.plugin);
    app.get("/slow/:id", () => new Promise(() => {}));
    const { port } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("GET /slow/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await vi.waitFor(() => expect(read(timing).at(-1)?.value).toBe(1));
    socket.destroy();
    expect(await counted(timing)).toEqual(["GET /slow/:id aborted 1"]);
  });
});
