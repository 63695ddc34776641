import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createNetServer } from "node:net";
import { MetricastError } from "@metricast/core";
import { HttpHost, openPeer, RecordingAcceptor, resources } from "@metricast/testkit";
import express from "express";
import Fastify from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { attachWs, wsUpgrades } from "./index.js";

const path = "/metricast";
const acceptor = new RecordingAcceptor();
const hosts: HttpHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function start(): Promise<HttpHost> {
  const host = await HttpHost.start((_, res) => res.end("ok"));
  hosts.push(host);
  return host;
}

function codeOf(attach: () => unknown): { code: string; message: string } {
  try {
    attach();
  } catch (error) {
    if (error instanceof MetricastError) return { code: error.code, message: error.message };
  }
  throw new Error("nothing coded was thrown");
}

describe("what attach takes", () => {
  const attachAny = (given: unknown) => () => Reflect.apply(attachWs, undefined, [given, acceptor, { path }]);

  test.each<[string, unknown, string]>([
    ["an Express application", express(), "the application (a function)"],
    ["a Fastify application", Fastify(), "holds its server as .server"],
    ["a function", () => {}, "a function"],
    ["a TCP server", createNetServer(), "an object of Server"],
    ["a WebSocketServer", new WebSocketServer({ noServer: true }), "an object of WebSocketServer"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a port", 3000, "3000"],
    ["an object without a class", Object.create(null), "an object of no class"],
  ])("not %s", (_, given, named) => {
    const { code, message } = codeOf(attachAny(given));
    expect(code).toBe("MC_SERVER_REQUIRED");
    expect(message).toContain(named);
  });

  test.each<unknown>(["metricast", "", undefined, 7])("not the path %j", (wrong) => {
    const attach = () => Reflect.apply(attachWs, undefined, [createServer(), acceptor, { path: wrong }]);
    expect(codeOf(attach).code).toBe("MC_OPTION_INVALID");
  });

  test("what an Express application's listen returns", async () => {
    const server = express().listen(0, "127.0.0.1");
    await once(server, "listening");
    const detach = attachWs(server, acceptor, { path });
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const peer = await openPeer(`ws://127.0.0.1:${port}${path}`);
    peer.destroy();
    detach();
    server.close();
  });

  test("a server that does not listen yet", async () => {
    const server = createServer();
    attachWs(server, acceptor, { path });
    const host = await HttpHost.listen(server);
    hosts.push(host);
    const peer = await openPeer(host.ws(path));
    peer.destroy();
  });
});

describe("attaching twice", () => {
  test("at one path is refused, whoever asks, until it is detached", async () => {
    const { server } = await start();
    const detach = attachWs(server, acceptor, { path });
    expect(codeOf(() => attachWs(server, acceptor, { path })).code).toBe("MC_ALREADY_ATTACHED");
    const other = new RecordingAcceptor();
    expect(codeOf(() => attachWs(server, other, { path: "/metricast/" })).code).toBe("MC_ALREADY_ATTACHED");
    detach();
    attachWs(server, other, { path })();
  });

  test("at two paths serves both, and each goes by itself", async () => {
    const host = await start();
    const before = stateOf(host);
    const other = new RecordingAcceptor();
    const detachFirst = attachWs(host.server, acceptor, { path: "/one" });
    const detachSecond = attachWs(host.server, other, { path: "/two" });
    const count = acceptor.sessions.length;
    (await openPeer(host.ws("/one"))).destroy();
    (await openPeer(host.ws("/two"))).destroy();
    expect([acceptor.sessions.length - count, other.sessions.length]).toEqual([1, 1]);
    detachFirst();
    (await openPeer(host.ws("/two"))).destroy();
    await expect(openPeer(host.ws("/one"))).rejects.toThrow("200");
    detachSecond();
    expect(stateOf(host)).toEqual(before);
  });
});

describe("detaching", () => {
  test("gives the server back as it was", async () => {
    const host = await start();
    const before = stateOf(host);
    const detach = attachWs(host.server, acceptor, { path });
    expect(stateOf(host)).not.toEqual(before);
    detach();
    detach();
    expect(stateOf(host)).toEqual(before);
  });

  test("keeps an emit that the host had put there before", async () => {
    const { server } = await start();
    const inherited = server.emit;
    const own = function (this: typeof server, ...args: Parameters<typeof inherited>) {
      return Reflect.apply(inherited, this, args);
    };
    Reflect.set(server, "emit", own);
    attachWs(server, acceptor, { path })();
    expect(server.emit).toBe(own);
  });

  test("under an emit that was wrapped later only passes on", async () => {
    const host = await start();
    const { server } = host;
    const detach = attachWs(server, acceptor, { path });
    const ours = server.emit;
    const wrapper = function (this: typeof server, ...args: Parameters<typeof ours>) {
      return Reflect.apply(ours, this, args);
    };
    Reflect.set(server, "emit", wrapper);
    detach();
    expect(server.emit).toBe(wrapper);
    await expect(openPeer(host.ws(path))).rejects.toThrow("200");
    const again = attachWs(server, acceptor, { path });
    (await openPeer(host.ws(path))).destroy();
    again();
  });

  test("leaves open connections alone", async () => {
    const host = await start();
    const own = new RecordingAcceptor();
    const detach = attachWs(host.server, own, { path });
    const peer = await openPeer(host.ws(path));
    detach();
    peer.ping("still there?");
    await expect.poll(() => peer.pongs.length).toBe(1);
    peer.destroy();
  });
});

describe("a dispatcher of the host", () => {
  test("is told what is ours and keeps the rest", async () => {
    const host = await start();
    const own = new RecordingAcceptor();
    const { handleUpgrade } = wsUpgrades(own, { path });
    host.server.on("upgrade", (req, socket, head) => {
      if (!handleUpgrade(req, socket, head)) socket.end("HTTP/1.1 418 Mine\r\nContent-Length: 0\r\n\r\n");
    });
    (await openPeer(host.ws(path))).destroy();
    expect(own.sessions).toHaveLength(1);
    await expect(openPeer(host.ws("/other"))).rejects.toThrow("418");
  });
});

function stateOf({ server }: HttpHost): object {
  return {
    ownKeys: Reflect.ownKeys(server).length,
    ownEmit: Object.hasOwn(server, "emit"),
    emit: server.emit,
    shouldUpgrade: Reflect.get(server, "shouldUpgradeCallback"),
    listeners: resources({ server }).listeners,
  };
}
