import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import {
  HttpHost,
  openPeer,
  type PeerOptions,
  type RawResponse,
  RecordingAcceptor,
  rawHttp,
  UpgradeRefused,
  until,
  upgradeRequest,
} from "@metricast/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attachWs, wsUpgrades } from "./index.js";

describe("malformed upgrades", () => {
  let host: HttpHost;
  let acceptor: RecordingAcceptor;
  let url: string;

  beforeEach(async () => {
    host = await HttpHost.start((_, res) => res.end("the host's page"));
    acceptor = new RecordingAcceptor();
    attachWs(host.server, acceptor, { path: "/metricast" });
    url = host.ws("/metricast");
  });
  afterEach(() => host.close());

  const refusal = async (options: PeerOptions): Promise<RawResponse> => {
    const error = await openPeer(url, options).catch((reason: unknown) => reason);
    if (error instanceof UpgradeRefused) return error.response;
    throw new Error("the upgrade was not refused");
  };

  test.each([
    ["no key", [["Sec-WebSocket-Key", ""]]],
    ["a key of the wrong length", [["Sec-WebSocket-Key", "c2hvcnQ="]]],
    ["a key of other characters", [["Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!=="]]],
  ] as const)("B37 %s: 400", async (_, headers) => {
    expect((await refusal({ headers })).status).toBe(400);
    expect(acceptor.sessions).toEqual([]);
  });

  test("B37 version 7: 400, with the versions that are spoken", async () => {
    const response = await refusal({ headers: [["Sec-WebSocket-Version", "7"]] });
    expect(response.status).toBe(400);
    expect(response.headers.get("sec-websocket-version")).toContain("13");
    expect(acceptor.sessions).toEqual([]);
  });

  test("B38 an upgrade by POST is shown to admission, and 405 even where that accepts it", async () => {
    expect((await refusal({ method: "POST" })).status).toBe(405);
    expect(acceptor.handshakes[0]?.method).toBe("POST");
    expect(acceptor.sessions).toEqual([]);
  });

  test("B39 1,990 headers: an ordinary answer, or 431 from versions of Node that count them", async () => {
    const headers = Array.from({ length: 1_990 }, (_, n) => [`x${n}`, "1"] as const);
    const peer = await openPeer(url, { headers }).catch((reason: unknown) => reason);
    if (peer instanceof UpgradeRefused) return expect(peer.response.status).toBe(431);
    expect(acceptor.handshakes[0]?.headers.get("x900")).toBe("1");
  });

  test("B39 a header of 70 KB: 431, by Node, or the reset that its unread rest causes", async () => {
    const error = await openPeer(url, { headers: [["X-Large", "x".repeat(70_000)]] }).catch(
      (reason) => reason,
    );
    if (error instanceof UpgradeRefused) expect(error.response.status).toBe(431);
    else expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(acceptor.handshakes).toEqual([]);
  });

  test("B40 subprotocols of illegal characters: 400", async () => {
    expect((await refusal({ protocols: ["a b"] })).status).toBe(400);
    expect((await refusal({ protocols: ["a", "a"] })).status).toBe(400);
    expect(acceptor.sessions).toEqual([]);
  });

  test("B40 2,000 subprotocols: the admitted one is answered, whatever its place", async () => {
    const wide = new RecordingAcceptor({
      decide: () => ({ accepted: true, protocol: "p1999", ticket: {} }),
    });
    attachWs(host.server, wide, { path: "/wide" });
    const protocols = Array.from({ length: 2_000 }, (_, n) => `p${n}`);
    const peer = await openPeer(host.ws("/wide"), { protocols });
    expect(peer.response.headers.get("sec-websocket-protocol")).toBe("p1999");
    peer.destroy();
  });

  test("B41 a header named __proto__: an ordinary answer", async () => {
    const peer = await openPeer(url, { headers: [["__proto__", "x"]] });
    expect(acceptor.handshakes[0]?.headers.get("__proto__")).toBe("x");
    peer.destroy();
  });

  test("a plain GET on the path is the host's", async () => {
    const response = await rawHttp(host.port, "GET /metricast HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(response.body).toContain("the host's page");
    expect(acceptor.handshakes).toEqual([]);
  });

  test.each(["/metricast", "/metricast/", "/metricast?token=1", "/metricast/?a=b&c"])(
    "%s is ours",
    async (path) => {
      const peer = await openPeer(host.ws(path));
      expect(acceptor.sessions).toHaveLength(1);
      peer.destroy();
      await until(() => acceptor.open.length === 0);
    },
  );

  test.each([
    "/metricas",
    "/metricast2",
    "/metricast/ws",
    "/",
    "/x/metricast",
    "/metricast%2f",
    "//metricast",
  ])("%s is not ours", async (path) => {
    const request = upgradeRequest(host.ws("/")).replace("GET / ", `GET ${path} `);
    expect((await rawHttp(host.port, request)).body).toContain("the host's page");
    expect(acceptor.handshakes).toEqual([]);
  });

  test("by a host that dispatches upgrades itself only those of the path are taken", () => {
    const { matches } = wsUpgrades(acceptor, { path: "/metricast" });
    const asked = (address: string, upgrade = "websocket") => {
      const request = new IncomingMessage(new Socket());
      return matches(Object.assign(request, { url: address, headers: { upgrade } }));
    };
    expect(["/metricast", "/metricast/", "/metricast?a=/b"].map((address) => asked(address))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["/metricast2", "/metricast/ws", "/", "/x/metricast"].map((address) => asked(address))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([asked("/metricast", "WebSocket"), asked("/metricast", "h2c")]).toEqual([true, false]);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("a fault of the acceptor"))],
    [
      "throws",
      () => {
        throw new Error("a fault of the acceptor");
      },
    ],
  ])("an admission that %s costs its own client alone", async (_, admit) => {
    attachWs(
      host.server,
      {
        maxFrameBytes: 100,
        deadAfterMs: 30_000,
        admit,
        accept: () => {
          throw new Error("never reached");
        },
      },
      { path: "/faulty" },
    );
    await expect(openPeer(host.ws("/faulty"))).rejects.toThrow();
    const peer = await openPeer(url);
    peer.destroy();
  });

  test("an accept that throws closes its client with 1011", async () => {
    attachWs(
      host.server,
      {
        maxFrameBytes: 100,
        deadAfterMs: 30_000,
        admit: (handshake) => acceptor.admit(handshake),
        accept: () => {
          throw new Error("a fault of the acceptor");
        },
      },
      { path: "/faulty" },
    );
    const peer = await openPeer(host.ws("/faulty"));
    await until(() => peer.ended);
    expect(peer.closeFrame?.code).toBe(1011);
  });
});
