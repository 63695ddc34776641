import { once } from "node:events";
import { request } from "node:http";
import type { Sample } from "@metricast/core";
import { HttpHost } from "@metricast/testkit";
import express from "express";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HttpTiming, httpTiming } from "./http.js";

const hosts: HttpHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function listen(app: express.Express): Promise<number> {
  const host = await HttpHost.start(app);
  hosts.push(host);
  return host.port;
}

async function ask(port: number, path: string, method = "GET"): Promise<string> {
  const asked = request({ port, path, method, host: "127.0.0.1", agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(response, "end");
  return `${response.statusCode} ${Buffer.concat(chunks).toString()}`;
}

async function counted(timing: HttpTiming): Promise<string[]> {
  const read = () => {
    const samples = timing.source.read({ now: 0, signal: new AbortController().signal });
    if (!Array.isArray(samples)) throw new Error("samples come as an array");
    return samples;
  };
  await vi.waitFor(() => expect(read().at(-1)).toMatchObject({ name: "http_requests_in_flight", value: 0 }));
  return read().flatMap(({ labels, value }: Sample) =>
    typeof value === "number" ? [] : `${Object.values(labels ?? {}).join(" ")} ${value.count}`,
  );
}

describe("httpTiming in an Express app", () => {
  it("labels by the pattern of route and mounts, not by the URL", async () => {
    const timing = httpTiming();
    const app = express();
    app.use(timing.middleware);
    const files = express.Router();
    files.get("/:file", (req, res) => void res.send(`${req.baseUrl} ${req.params.file}`));
    files.get("/", (_req, res) => void res.send("all"));
    const api = express.Router({ mergeParams: true });
    api.use("/files", files);
    app.use("/tenants/:tenant", api);
    app.get("/", (_req, res) => void res.send("home"));
    app.get(["/a", /^\/b\d$/], (_req, res) => void res.send("either"));
    const port = await listen(app);

    expect(await ask(port, "/tenants/acme/files/x")).toBe("200 /tenants/acme/files x");
    expect(await ask(port, "/tenants/b%20b/files/y?q=1")).toBe("200 /tenants/b%20b/files y");
    await ask(port, "/tenants/acme/files");
    await ask(port, "/");
    await ask(port, "/a");
    await ask(port, "/b2");
    await ask(port, "/", "HEAD");
    expect(await counted(timing)).toEqual([
      "GET /tenants/:tenant/files/:file 2xx 2",
      "GET /tenants/:tenant/files 2xx 1",
      "GET / 2xx 1",
      "GET /a|/^\\/b\\d$/ 2xx 2",
      "HEAD / 2xx 1",
    ]);
  });

  it("puts everything without a route into one bucket", async () => {
    const timing = httpTiming();
    const app = express();
    app.use(timing.middleware);
    app.use("/static", (_req, res) => void res.send("file"));
    app.get("/known", (_req, res) => void res.send());
    const port = await listen(app);
    for (let n = 0; n < 30; n++) await ask(port, `/wp-admin/${n}`);
    await ask(port, "/static/a");
    await ask(port, "/known", "POST");
    expect(await counted(timing)).toEqual([
      "GET unmatched 4xx 30",
      "GET unmatched 2xx 1",
      "POST unmatched 4xx 1",
    ]);
  });

  it("counts an error of a handler as 5xx of its route, mounts included", async () => {
    const timing = httpTiming();
    const app = express();
    app.set("env", "test");
    app.use(timing.middleware);
    const api = express.Router();
    api.get("/throws/:id", () => {
      throw new Error("thrown");
    });
    api.get("/rejects/:id", () => Promise.reject(new Error("rejected")));
    app.use("/api", api);
    const port = await listen(app);
    expect(await ask(port, "/api/throws/1")).toMatch(/^500 /);
    expect(await ask(port, "/api/rejects/2")).toMatch(/^500 /);
    expect(await counted(timing)).toEqual(["GET /api/throws/:id 5xx 1", "GET /api/rejects/:id 5xx 1"]);
  });

  it("leaves the app's own view of the request as it was", async () => {
    const timed = express();
    const plain = express();
    timed.use(httpTiming().middleware);
    for (const app of [timed, plain]) {
      const inner = express();
      inner.get(
        "/:id",
        (req, res) =>
          void res.json([req.baseUrl, req.route.path, req.params, Object.keys(req).includes("route")]),
      );
      app.use("/outer/:name", inner);
      app.use(
        (req: express.Request, res: express.Response) => void res.json([req.baseUrl, req.route ?? null]),
      );
    }
    const ports = [await listen(timed), await listen(plain)];
    for (const path of ["/outer/a/7", "/outer/a", "/none"]) {
      const [one, other] = await Promise.all(ports.map((port) => ask(port, path)));
      expect(one).toBe(other);
    }
  });

  it("works where it is mounted below and where an app is mounted in an app", async () => {
    const timing = httpTiming();
    const inner = express();
    inner.use(timing.middleware);
    inner.get("/items/:id", (_req, res) => void res.send());
    const app = express();
    app.use("/inner", timing.middleware, inner);
    const port = await listen(app);
    await ask(port, "/inner/items/4");
    expect(await counted(timing)).toEqual(["GET /inner/items/:id 2xx 1"]);
  });
});
