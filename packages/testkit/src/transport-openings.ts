import { connect } from "node:net";
import type { Admission } from "@metricast/core";
import { expect, test } from "vitest";
import type { RecordingAcceptor } from "./recording-acceptor.js";
import { allGivenBack, resources } from "./resources.js";
import { type TransportContractOptions, type TransportStage, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** How clients come in. */
export function openings(
  stage: TransportStage,
  { receives = true, underscoreInHeaders = true }: TransportContractOptions,
): void {
  const odd = underscoreInHeaders ? "__proto__" : "constructor";

  test("the handshake is a copy that is still whole after admission waited", async () => {
    const { url, acceptor } = await stage.start();
    const headers = [
      ["Origin", "https://one.example"],
      ["X-Twice", "a"],
      ["x-twice", "b"],
      [odd, "polluted"],
    ] as const;
    await stage.peer(`${url}?token=a%20b&x=1`, { headers });
    const [handshake] = acceptor.handshakes;
    if (handshake === undefined) throw new Error("no handshake was shown");
    expect(handshake).toMatchObject({
      method: "GET",
      path: expect.stringMatching(/^\/./),
      query: "token=a%20b&x=1",
      secure: false,
      protocols: [],
    });
    expect(new URL(url).pathname.endsWith(handshake.path)).toBe(true);
    expect(handshake.remoteAddress).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
    expect(handshake.headers.get("origin")).toBe("https://one.example");
    expect(handshake.headers.get("x-twice")).toBe("a, b");
    expect(handshake.headers.get(odd)).toBe("polluted");
  });

  test("whether a client can say anything is said, in handshake and connection", async () => {
    const { url, acceptor } = await stage.start();
    await stage.peer(url);
    const said = [acceptor.handshakes[0], acceptor.sessions[0]?.connection];
    expect(said.map((one) => one?.oneWay ?? false)).toEqual([!receives, !receives]);
  });

  test("repeated Origin headers are both shown", async () => {
    const { url, acceptor } = await stage.start();
    const origins = ["https://a.example", "https://b.example"].map((origin) => ["Origin", origin] as const);
    await stage.peer(url, { headers: origins });
    expect(acceptor.handshakes[0]?.headers.get("origin")).toBe("https://a.example, https://b.example");
  });

  test("a refusal is answered with its status, headers and body", async () => {
    const body = JSON.stringify({ code: 429, name: "rate_limited" });
    const refused: Admission = { accepted: false, status: 429, headers: { "Retry-After": "7" }, body };
    const { url, acceptor } = await stage.start({ decide: () => refused });
    const response = await stage.ask(url);
    expect([response.status, response.body]).toEqual([429, body]);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(response.headers.get("content-type") ?? "application/json").toMatch(/^application\/json/);
    expect(acceptor.sessions).toHaveLength(0);
  });

  test("the ticket reaches accept", async () => {
    const ticket = { who: "me" };
    const { session } = await stage.pair({ decide: () => ({ accepted: true, protocol: "", ticket }) });
    expect(session.admitted.ticket).toBe(ticket);
  });

  test("a client that is decided about late comes in late, and nobody waits for it", async () => {
    const { url, acceptor } = await stage.start();
    let decide = () => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    let asked = 0;
    whereAsked(acceptor, "late", () => {
      asked += 1;
      return decided;
    });
    const late = stage.peer(`${url}?late`);
    await until(() => asked === 1);
    await stage.peer(url);
    expect(acceptor.sessions).toHaveLength(1);
    decide();
    await late;
    expect(acceptor.sessions).toHaveLength(2);
  });

  test("an admission that fails, which none should, ends its client and no other", async () => {
    const { url, acceptor } = await stage.start();
    whereAsked(acceptor, "fails", () => Promise.reject(new Error("a fault of the acceptor")));
    expect((await stage.ask(`${url}?fails`)).text).toBe("");
    await stage.peer(url);
    expect(acceptor.sessions).toHaveLength(1);
  });

  test("an acceptor that throws ends its client and no other", async () => {
    const { url, acceptor } = await stage.start();
    const accept = acceptor.accept.bind(acceptor);
    acceptor.accept = () => {
      throw new Error("a fault of the acceptor");
    };
    const ended = await stage.peer(url).catch(() => undefined);
    await until(() => ended?.ended ?? true);
    acceptor.accept = accept;
    const served = await stage.peer(url);
    acceptor.sessions[0]?.connection.send(texts("served"));
    await until(() => served.messages.length === 1);
  });

  test("clients that reset while admission waits leave nothing behind", async () => {
    const { url, acceptor, emitters } = await stage.start({ admitMs: 20 });
    await stage.peer(url);
    const before = resources(emitters);
    await resetDuringAdmission(new URL(url), stage.request(url), () => acceptor.handshakes.length);
    await until(() => acceptor.admissions === acceptor.handshakes.length, 5_000, "admissions are over");
    await until(() => acceptor.open.length === 1, 5_000, "only the first client is left");
    await allGivenBack(before, emitters);
    expect(acceptor.handshakes.length).toBeGreaterThan(20);
    await stage.peer(url);
  });
}

/** Waits, or fails, before those are decided about who ask with this query. */
function whereAsked(acceptor: RecordingAcceptor, query: string, before: () => Promise<void>): void {
  const admit = acceptor.admit.bind(acceptor);
  acceptor.admit = async (handshake) => {
    if (handshake.query === query) await before();
    return admit(handshake);
  };
}

/** Resets at every stage: before the request is whole, right after it, and while it is being decided. */
async function resetDuringAdmission({ hostname, port }: URL, request: string, seen: () => number) {
  for (let n = 0; n < 60; n += 1) {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    const whole = n % 3 !== 0;
    const handshakesBefore = seen();
    socket.write(whole ? request : request.slice(0, (n * 37) % request.length));
    if (whole) await until(() => seen() > handshakesBefore);
    socket.resetAndDestroy();
  }
}
