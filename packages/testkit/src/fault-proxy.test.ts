import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FaultProxy } from "./fault-proxy.js";
import { allGivenBack, type Resources, resources } from "./resources.js";
import { until } from "./until.js";

describe("fault proxy", () => {
  let before: Resources;
  let server: Server;
  let proxy: FaultProxy;
  const atTarget: string[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    before = resources();
    atTarget.length = 0;
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        atTarget.push(chunk.toString());
        socket.write(`echo ${chunk}`);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    proxy = await FaultProxy.listen(address !== null && typeof address === "object" ? address.port : 0);
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.close();
    server.close();
    await once(server, "close");
    await allGivenBack(before);
  });

  function client() {
    const socket = connect(proxy.port, "127.0.0.1");
    sockets.push(socket);
    const seen = { text: "", error: "", closed: false };
    socket.on("data", (chunk) => {
      seen.text += chunk;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      seen.error = error.code ?? "";
    });
    socket.on("close", () => {
      seen.closed = true;
    });
    return { socket, seen };
  }

  async function connected() {
    const one = client();
    one.socket.write("hi");
    await until(() => one.seen.text === "echo hi");
    return one;
  }

  test("passes both ways", async () => {
    await connected();
    expect(proxy.connections).toBe(1);
  });

  test("a black hole swallows nothing: it comes once it passes again", async () => {
    const { socket, seen } = await connected();
    proxy.mode = "blackhole";
    socket.write(" later");
    const another = client();
    another.socket.write("new");
    await until(() => proxy.connections === 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(atTarget).toEqual(["hi"]);
    proxy.mode = "pass";
    await until(() => seen.text === "echo hiecho  later" && another.seen.text === "echo new");
  });

  test("what was frozen stays silent, and new connections pass", async () => {
    const { socket, seen } = await connected();
    proxy.freeze();
    socket.write(" later");
    await connected();
    proxy.mode = "pass";
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(atTarget).toEqual(["hi", "hi"]);
    expect(seen).toEqual({ text: "echo hi", error: "", closed: false });
  });

  test("swallowDown lets a request arrive and loses its answer", async () => {
    const { socket, seen } = await connected();
    proxy.mode = "swallowDown";
    socket.write("written");
    await until(() => atTarget.includes("written"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.text).toBe("echo hi");
  });

  test("latency delays each way and keeps the order, also when it is switched off", async () => {
    const { socket, seen } = await connected();
    proxy.latencyMs = 40;
    proxy.mode = "latency";
    const start = performance.now();
    socket.write("a");
    await until(() => atTarget.includes("a"));
    expect(performance.now() - start).toBeGreaterThan(35);
    await until(() => seen.text.endsWith("echo a"));
    expect(performance.now() - start).toBeGreaterThan(75);
    socket.write("b");
    await new Promise((resolve) => setTimeout(resolve, 10));
    proxy.mode = "pass";
    socket.write("c");
    await until(() => atTarget.join("").endsWith("bc"));
  });

  test("refuse resets new connections and leaves others", async () => {
    const { socket, seen } = await connected();
    proxy.mode = "refuse";
    const refused = client();
    await until(() => refused.seen.closed);
    socket.write("!");
    await until(() => seen.text.endsWith("echo !"));
  });

  test("cut resets every connection", async () => {
    const { seen } = await connected();
    proxy.cut();
    await until(() => seen.closed);
    expect(seen.error).toBe("ECONNRESET");
    await until(() => proxy.connections === 0);
  });

  test("an end on one side ends the other", async () => {
    const { socket, seen } = await connected();
    socket.end();
    await until(() => seen.closed && proxy.connections === 0);
    expect(seen.error).toBe("");
  });
});
