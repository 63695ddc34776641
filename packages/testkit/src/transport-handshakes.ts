import { connect } from "node:net";
import type { Admission } from "@metricast/core";
import { expect, test } from "vitest";
import { allGivenBack, resources } from "./resources.js";
import type { TransportContractOptions, TransportStage } from "./transport-stage.js";
import { until } from "./until.js";
import { openPeer, UpgradeRefused, upgradeRequest } from "./ws-peer.js";

/** How clients come in. */
export function handshakes(
  stage: TransportStage,
  { underscoreInHeaders = true }: TransportContractOptions,
): void {
  const odd = underscoreInHeaders ? "__proto__" : "constructor";

  test("the handshake is a copy that is still whole after admission waited", async () => {
    const { url, acceptor } = await stage.start();
    await stage.peer(`${url}?token=a%20b&x=1`, {
      protocols: ["metricast.v1.json", "other"],
      headers: [
        ["Origin", "https://one.example"],
        ["X-Twice", "a"],
        ["x-twice", "b"],
        [odd, "polluted"],
      ],
    });
    const [handshake] = acceptor.handshakes;
    if (handshake === undefined) throw new Error("no handshake was shown");
    expect(handshake).toMatchObject({
      method: "GET",
      path: new URL(url).pathname,
      query: "token=a%20b&x=1",
      secure: false,
      protocols: ["metricast.v1.json", "other"],
    });
    expect(handshake.remoteAddress).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
    expect(handshake.headers.get("origin")).toBe("https://one.example");
    expect(handshake.headers.get("x-twice")).toBe("a, b");
    expect(handshake.headers.get(odd)).toBe("polluted");
  });

  test("repeated Origin headers are both shown", async () => {
    const { url, acceptor } = await stage.start();
    const origins = ["https://a.example", "https://b.example"].map((origin) => ["Origin", origin] as const);
    await stage.peer(url, { headers: origins });
    expect(acceptor.handshakes[0]?.headers.get("origin")).toBe("https://a.example, https://b.example");
  });

  test("a refusal is answered with its status, headers and body, and ends the socket", async () => {
    const body = JSON.stringify({ code: 429, name: "rate_limited" });
    const refused: Admission = { accepted: false, status: 429, headers: { "Retry-After": "7" }, body };
    const { url, acceptor } = await stage.start({ decide: () => refused });
    const error = await openPeer(url).catch((reason: unknown) => reason);
    if (!(error instanceof UpgradeRefused)) throw error;
    expect(error.response.status).toBe(429);
    expect(error.response.headers.get("retry-after")).toBe("7");
    expect(error.response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(error.response.body).toBe(body);
    expect(acceptor.sessions).toHaveLength(0);
  });

  test("the subprotocol answered is the one admitted, not the first offered", async () => {
    const { url } = await stage.start({
      decide: ({ protocols }) => ({ accepted: true, protocol: protocols.at(-1) ?? "", ticket: {} }),
    });
    const chosen = await stage.peer(url, { protocols: ["first", "second"] });
    expect(chosen.response.headers.get("sec-websocket-protocol")).toBe("second");
    const none = await stage.peer(url);
    expect(none.response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test("no subprotocol is answered where none was admitted", async () => {
    const { url } = await stage.start({ decide: () => ({ accepted: true, protocol: "", ticket: {} }) });
    const peer = await stage.peer(url, { protocols: ["unknown"] });
    expect(peer.response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test("the ticket reaches accept", async () => {
    const ticket = { who: "me" };
    const { session } = await stage.pair({ decide: () => ({ accepted: true, protocol: "", ticket }) });
    expect(session.admitted.ticket).toBe(ticket);
  });

  test("clients that reset while admission waits leave nothing behind", async () => {
    const { url, acceptor } = await stage.start({ admitMs: 20 });
    await stage.peer(url);
    const before = resources();
    const { hostname, port } = new URL(url);
    await resetDuringAdmission(hostname, Number(port), url, () => acceptor.handshakes.length);
    await until(() => acceptor.admissions === acceptor.handshakes.length, 5_000, "admissions are over");
    await until(() => acceptor.open.length === 1, 5_000, "only the first client is left");
    await allGivenBack(before);
    expect(acceptor.handshakes.length).toBeGreaterThan(20);
    await stage.peer(url);
  });
}

/** Resets at every stage: before the request is whole, right after it, and while it is being decided. */
async function resetDuringAdmission(
  host: string,
  port: number,
  url: string,
  seen: () => number,
): Promise<void> {
  const request = upgradeRequest(url);
  for (let n = 0; n < 60; n += 1) {
    const socket = connect(port, host);
    socket.on("error", () => {});
    const whole = n % 3 !== 0;
    const handshakesBefore = seen();
    socket.write(whole ? request : request.slice(0, (n * 37) % request.length));
    if (whole) await until(() => seen() > handshakesBefore);
    socket.resetAndDestroy();
  }
}
