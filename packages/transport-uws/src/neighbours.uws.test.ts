import uws from "uWebSockets.js";
import { createMetricast } from "@metricast/core";
import { openPeer, rawHttp, UwsHost, until, upgradeRequest, withoutDate } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { attachUws } from "./index.js";

/** A host with routes and sockets of its own, registered before metricast's or after. */
async function hostWith(guest: "nobody" | "metricast before" | "metricast after") {
  const cast = createMetricast({ public: true });
  const host = await UwsHost.start(uws, (app) => {
    if (guest === "metricast before") attachUws(app, cast);
    app.ws("/own", { message: (socket, message, isBinary) => void socket.send(message, isBinary) });
    app.get("/api", (response, request) => {
      response.end(`${request.getMethod()} ${request.getHeader("upgrade")} ${request.getQuery() ?? ""}`);
    });
    app.any("/*", (response, request) => {
      response.writeStatus("404 Not Found").end(`nothing at ${request.getUrl()}`);
    });
    if (guest === "metricast after") attachUws(app, cast);
  });
  onTestFinished(() => host.close());
  return host;
}

const line = (method: string, path: string, ...headers: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, "Host: a", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;
const upgrade = (path: string, to: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`;

const requests = [
  ...["/", "/api", "/api?x=1", "/own", "/metricastle", "/metricas", "/METRICAST/", "/a/metricast/"].map(
    (path) => line("GET", path),
  ),
  ...["POST", "PUT", "DELETE", "OPTIONS"].map((method) => line(method, "/api", "Content-Length: 0")),
  upgrade("/api", "h2c"),
  upgrade("/api", "websocket"),
  upgradeRequest("ws://a/metricastle"),
  upgradeRequest("ws://a/api"),
];

describe("F6: an App with routes and sockets of its own", () => {
  test.each(["metricast before", "metricast after"] as const)(
    "answers the same bytes with %s them as without",
    async (guest) => {
      const [beside, alone] = [await hostWith(guest), await hostWith("nobody")];
      for (const request of requests) {
        const [mine, theirs] = [await rawHttp(beside.port, request), await rawHttp(alone.port, request)];
        expect(withoutDate(mine), request.slice(0, 60)).toBe(withoutDate(theirs));
        expect(theirs.status, request.slice(0, 60)).toBeGreaterThan(0);
      }
      const peer = await openPeer(beside.ws("/own"));
      peer.send("hello");
      await until(() => peer.messages.length === 1);
      expect(peer.messages).toEqual(["hello"]);
      peer.destroy();
      const client = await openPeer(beside.ws("/metricast"));
      client.destroy();
    },
  );

  test("twin: one more route for everything, put before them, is noticed by this", async () => {
    const host = await UwsHost.start(uws, (app) => {
      app.any("/*", (response) => void response.end("a guest that answers all"));
    });
    onTestFinished(() => host.close());
    const [mine, theirs] = [
      await rawHttp(host.port, line("GET", "/")),
      await rawHttp((await hostWith("nobody")).port, line("GET", "/")),
    ];
    expect(withoutDate(mine)).not.toBe(withoutDate(theirs));
  });
});
