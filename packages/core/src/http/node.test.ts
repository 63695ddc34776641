import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpHandler } from "./handler.js";
import type { HttpRequest } from "./message.js";
import { nodeHandler } from "./node.js";
import { jsonResponse } from "./response.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const known = new Set(["/health", "/slow", "/big", "/gone"]);

/** Answers with what it was asked. */
function echo(answer = async (_: HttpRequest) => {}): { handle: HttpHandler; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const handle = async (asking: HttpRequest) => {
    asked.push(asking);
    await answer(asking);
    if (asking.path === "/gone") return undefined;
    const fill = asking.path === "/big" ? "x".repeat(8_000_000) : "";
    return jsonResponse(200, { path: asking.path, query: asking.query, fill });
  };
  return { handle: Object.assign(handle, { knows: (path: string) => known.has(path) }), asked };
}

async function listen(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server's address is never a string.
  return (server.address() as AddressInfo).port;
}

async function get(port: number, path: string, method = "GET") {
  return new Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }>(
    (resolve, reject) => {
      const asking = request({ port, path, method, host: "127.0.0.1" }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, body: Buffer.concat(chunks).toString(), headers });
        });
      });
      asking.on("error", reject);
      asking.end();
    },
  );
}

describe("on node:http", () => {
  const plain = (base = "/metricast") => {
    const { handle, asked } = echo();
    const answer = nodeHandler(handle, base);
    const port = listen((asking, response) => {
      if (!answer(asking, response)) response.writeHead(418).end("the host's own");
    });
    return { port, asked };
  };

  it("answers under its base path, and leaves the rest to the host", async () => {
    const { port, asked } = plain();
    const answered = await get(await port, "/metricast/health?a=1&b");
    expect(answered).toMatchObject({ status: 200, body: '{"path":"/health","query":"a=1&b","fill":""}' });
    expect(answered.headers["content-length"]).toBe(String(answered.body.length));
    expect(asked[0]).toMatchObject({ method: "GET", remoteAddress: "127.0.0.1", secure: false });
    for (const path of [
      "/",
      "/health",
      "/metricastle/health",
      "/api?x=/metricast/health",
      "//metricast/health",
    ]) {
      expect(await get(await port, path)).toMatchObject({ status: 418 });
    }
  });

  it.each([
    "/metricast/nope",
    "/metricast/..%2fhealth",
    "/metricast/health%00",
    "/metricast/../health",
    "/metricast/%2e%2e/health",
    "/metricast//health",
  ])("answers 404 to %s", async (path) => {
    expect(await get(await plain().port, path)).toMatchObject({
      status: 404,
      body: '{"code":404,"name":"not_found"}',
    });
  });

  it("answers 426 to a plain GET where WebSockets are opened", async () => {
    const { port } = plain();
    for (const path of ["/metricast", "/metricast/", "/metricast/?x"]) {
      const answered = await get(await port, path);
      expect(answered).toMatchObject({ status: 426, headers: { upgrade: "websocket" } });
    }
  });

  it("sends no body to HEAD, and 404 where the handler has no answer", async () => {
    const { port } = plain();
    const head = await get(await port, "/metricast/health", "HEAD");
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(Number(head.headers["content-length"])).toBeGreaterThan(0);
    expect(await get(await port, "/metricast/gone")).toMatchObject({ status: 404 });
  });

  it("takes a base path of any spelling", async () => {
    expect(await get(await plain("/a/b/").port, "/a/b/health")).toMatchObject({ status: 200 });
    expect(await get(await plain("/").port, "/health")).toMatchObject({ status: 200 });
    expect(await get(await plain("/").port, "/")).toMatchObject({ status: 426 });
  });

  it("joins headers that came twice, and is not fooled by __proto__", async () => {
    const { port, asked } = plain();
    const socket = connect(await port, "127.0.0.1");
    const head =
      "Host: a\r\nOrigin: https://a\r\nOrigin: https://b\r\n__proto__: x\r\nConnection: close\r\n\r\n";
    socket.write(`GET /metricast/health HTTP/1.1\r\n${head}`);
    await new Promise((resolve) => socket.on("data", () => {}).on("close", resolve));
    expect(asked[0]?.headers.get("origin")).toBe("https://a, https://b");
    expect(asked[0]?.headers.get("__proto__")).toBe("x");
  });

  it("is quiet when the client leaves while it is answered, or in the middle of a large answer", async () => {
    let go = () => {};
    let begun = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { handle } = echo(async ({ path }) => {
      if (path !== "/slow") return;
      begun();
      await gate;
    });
    const answer = nodeHandler(handle, "/metricast");
    const closed: Promise<void>[] = [];
    const port = await listen((asking, response) => {
      closed.push(new Promise((resolve) => response.on("close", resolve)));
      answer(asking, response);
    });
    const slow = connect(port, "127.0.0.1", () =>
      slow.write("GET /metricast/slow HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    await started;
    slow.resetAndDestroy();
    await closed[0];
    go();
    const big = connect(port, "127.0.0.1", () => big.write("GET /metricast/big HTTP/1.1\r\nHost: a\r\n\r\n"));
    await new Promise((resolve) => big.once("data", resolve));
    big.resetAndDestroy();
    await closed[1];
    expect(await get(port, "/metricast/health")).toMatchObject({ status: 200 });
  });

  it("does not answer what the host has answered meanwhile", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const answer = nodeHandler(echo(() => gate).handle, "/metricast");
    const port = await listen((asking, response) => {
      answer(asking, response);
      response.writeHead(504).end("too late");
    });
    expect(await get(port, "/metricast/health")).toMatchObject({ status: 504, body: "too late" });
    go();
    await gate;
  });
});

describe("in Express", () => {
  async function app(mount: (app: express.Express, handler: ReturnType<typeof nodeHandler>) => void) {
    const { handle, asked } = echo();
    const host = express();
    mount(host, nodeHandler(handle, "/metricast"));
    host.use((_, response) => void response.status(418).send("the host's own"));
    return { port: await listen(host), asked };
  }

  it("works under a mount path of any name", async () => {
    for (const at of ["/metricast", "/admin/live"]) {
      const { port, asked } = await app((host, handler) => void host.use(at, handler));
      expect(await get(port, `${at}/health?x=1`)).toMatchObject({ status: 200 });
      expect(asked[0]).toMatchObject({ path: "/health", query: "x=1" });
      expect(await get(port, `${at}/nope`)).toMatchObject({ status: 418 });
      expect(await get(port, at)).toMatchObject({ status: 418 });
    }
  });

  it("works without a mount path", async () => {
    const { port } = await app((host, handler) => void host.use(handler));
    expect(await get(port, "/metricast/health")).toMatchObject({ status: 200 });
    expect(await get(port, "/health")).toMatchObject({ status: 418 });
    expect(await get(port, "/metricast/nope")).toMatchObject({ status: 418 });
  });

  it("works in a router under a prefix", async () => {
    const { port } = await app((host, handler) => {
      const router = express.Router();
      router.use("/metricast", handler);
      host.use("/prefix", router);
    });
    expect(await get(port, "/prefix/metricast/health")).toMatchObject({ status: 200 });
  });
});

describe("a page at the base path", () => {
  const page = () => {
    const handle = async ({ path, query }: HttpRequest) => jsonResponse(200, { path, query });
    return Object.assign(handle, { knows: (path: string) => path === "/" });
  };

  async function locationOf(port: number, path: string): Promise<string | undefined> {
    const { status, headers } = await get(port, path);
    return status === 307 ? headers.location : undefined;
  }

  it("is sent to its folder, relative to wherever the browser sees it", async () => {
    const host = express();
    host.use("/admin/live", nodeHandler(page(), "/metricast"));
    const mounted = await listen(host);
    expect(await locationOf(mounted, "/admin/live")).toBe("./live/");
    expect(await locationOf(mounted, "/admin/live?token=a/b")).toBe("./live/?token=a/b");
    expect(await get(mounted, "/admin/live/?a")).toMatchObject({
      status: 200,
      body: '{"path":"/","query":"a"}',
    });
    const plain = await listen(nodeHandler(page(), "/metricast"));
    expect(await locationOf(plain, "/metricast")).toBe("./metricast/");
    expect(await get(plain, "/metricast/")).toMatchObject({ status: 200 });
  });

  it("is sent nowhere at the root", async () => {
    const plain = await listen(nodeHandler(page(), "/"));
    expect(await get(plain, "/")).toMatchObject({ status: 200 });
  });
});
