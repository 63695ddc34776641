import { closeCodes } from "@metricast/protocol";
import { describe, expect, test } from "vitest";
import type { Admission, Admitted } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { AdmissionDesk } from "./admission.js";
import type { AdmissionTicket } from "./admission-ticket.js";
import type { Session } from "./session.js";
import { SessionDesk } from "./session-desk.js";
import { FakeConnection } from "./testing/fake-connection.js";
import { type FakeHubOptions, fakeClient, settle } from "./testing/fake-hub.js";

function open({ fill, ...more }: FakeHubOptions & { fill?: number } = {}) {
  const { hub, time, stats } = fakeClient(more);
  const addresses: string[] = [];
  const opened: Session[] = [];
  const closed: [Session, number][] = [];
  const admission = {
    admit: (): Promise<Admission> => Promise.resolve({ accepted: true, protocol: "", ticket: {} }),
    opened: (address: string) => addresses.push(`+${address}`),
    left: (address: string) => addresses.push(`-${address}`),
    turnAway: () => 7_000,
  };
  let bytes = 0;
  const made = new SessionDesk({
    hub,
    // All that the desk asks of admission.
    admission: admission as unknown as AdmissionDesk,
    random: { bytes: (count) => Uint8Array.from({ length: count }, () => fill ?? ++bytes) },
    onOpen: (session) => opened.push(session),
    onClose: (session, code) => closed.push([session, code]),
  });
  const accept = (ticket: Partial<AdmissionTicket> = {}, identity: Identity | null = { id: "a" }) => {
    const connection = new FakeConnection();
    const whole: AdmissionTicket = {
      address: "1.2.3.4",
      codec: "json",
      needsHello: false,
      ...(identity && { identity }),
      ...ticket,
    };
    const admitted: Admitted = { accepted: true, protocol: "", ticket: whole };
    return { connection, receiver: made.accept(connection, admitted) };
  };
  return { desk: made, hub, time, stats, addresses, opened, closed, accept };
}

describe("a socket that was admitted", () => {
  test("is a session, counted and told of, and welcomed at once", () => {
    const { accept, desk, addresses, opened, stats } = open();
    const { connection } = accept();
    expect(desk.count).toBe(1);
    expect(addresses).toEqual(["+1.2.3.4"]);
    expect(opened).toEqual([...desk.sessions]);
    expect(stats.accepted).toBe(1);
    expect(connection.of("welcome")).toHaveLength(1);
    expect(connection.of("welcome")[0]).not.toHaveProperty("id");
  });

  test("whose handshake did not authenticate waits for hello", async () => {
    const { accept, desk } = open({ tokens: new Map([["good", { id: "b" }]]) });
    const { connection, receiver } = accept({ needsHello: true }, null);
    expect(connection.writes).toEqual([]);
    receiver.message('{"type":"hello","token":"good"}');
    await settle();
    expect(connection.of("welcome")).toHaveLength(1);
    expect([...desk.sessions][0]?.identity).toEqual({ id: "b" });
  });

  test("has a name of its own", () => {
    const { accept, desk } = open();
    accept();
    accept();
    const [one, two] = desk.sessions;
    expect(one?.id).toMatch(/^[\w-]{12}$/);
    expect(one?.id).not.toBe(two?.id);
  });

  test("has its own length of life, a tenth more or less", () => {
    for (const [fill, share] of [
      [0, 0.9],
      [128, 1],
      [255, 1.1],
    ] as const) {
      const { accept, desk, hub } = open({ fill });
      accept();
      const [session] = desk.sessions;
      expect((session?.endsMs ?? 0) / hub.options.maxSessionMs).toBeCloseTo(share, 2);
    }
  });

  test("takes messages, pongs and drains until it is closed, once", async () => {
    const { accept, desk, addresses, closed, stats, hub } = open();
    const { connection, receiver } = accept();
    receiver.message('{"type":"subscribe","id":1,"items":[{"channel":"metrics"}]}');
    await settle();
    expect(connection.of("frame")).toHaveLength(1);
    expect(hub.views.isWatched("metrics")).toBe(true);
    receiver.pong(new Uint8Array());
    receiver.drained();
    const [session] = desk.sessions;
    receiver.closed(1006, "");
    receiver.closed(1006, "");
    expect(desk.count).toBe(0);
    expect(addresses).toEqual(["+1.2.3.4", "-1.2.3.4"]);
    expect(closed).toEqual([[session, 1006]]);
    expect(stats.closed).toBe(1);
    expect(hub.views.isWatched("metrics")).toBe(false);
  });

  test("stays counted from the end that was said until the socket is gone", () => {
    const { accept, desk, opened, closed } = open();
    const { receiver } = accept();
    opened[0]?.end(closeCodes.kicked);
    expect(desk.count).toBe(1);
    receiver.closed(1006, "");
    expect(desk.count).toBe(0);
    expect(closed[0]?.[1]).toBe(4505);
  });
});

test("the sessions of one identity are ended for good, and nobody else's", async () => {
  const { accept, desk } = open({ tokens: new Map([["token", { id: "b" }]]) });
  const ann = [accept(), accept({}, { id: "a", scope: { tenant: "1" } })];
  const bob = accept({ needsHello: true }, null);
  expect(desk.disconnect("b")).toBe(0);
  bob.receiver.message('{"type":"hello","token":"token"}');
  await settle();
  expect(desk.disconnect("a")).toBe(2);
  expect(desk.disconnect("a")).toBe(0);
  for (const { connection } of ann) expect(connection.closes).toMatchObject([{ code: 4505 }]);
  expect(bob.connection.closes).toEqual([]);
  expect(desk.disconnect("b")).toBe(1);
});

test("sessions that came together are not all asked about together", () => {
  const { accept, desk } = open();
  for (let n = 0; n < 20; n++) accept();
  const due = [...desk.sessions].map(({ recheckAtMs }) => recheckAtMs);
  expect(new Set(due).size).toBeGreaterThan(5);
  expect(Math.min(...due)).toBeGreaterThanOrEqual(150_000);
  expect(Math.max(...due)).toBeLessThanOrEqual(300_000);
});

describe("one too many", () => {
  test("is told when to come back, and closed with 1013", () => {
    const { accept, desk, addresses, opened } = open({ options: { maxClients: 2 } });
    const accepted = [accept(), accept()];
    const { connection, receiver } = accept();
    expect(connection.of("bye")).toEqual([
      { type: "bye", code: 1013, reason: "try again later", reconnectAfterMs: 7_000 },
    ]);
    expect(connection.closes).toMatchObject([{ code: 1013 }]);
    expect([desk.count, opened.length, addresses.length]).toEqual([2, 2, 2]);
    receiver.message('{"type":"ping","id":1}');
    receiver.closed(1013, "");
    expect(desk.count).toBe(2);
    expect(connection.of("pong")).toEqual([]);
    accepted[0]?.receiver.closed(1000, "");
    expect(accept().connection.of("welcome")).toHaveLength(1);
  });

  test("as admission already knew", () => {
    const { accept, desk } = open();
    const { connection } = accept({ closeWith: "tryLater", reconnectAfterMs: 5_000.4 });
    expect(connection.of("bye")).toMatchObject([{ code: 1013, reconnectAfterMs: 5_000 }]);
    expect(desk.count).toBe(0);
  });
});

test("one that speaks no version of ours is closed for good", () => {
  const { accept } = open();
  const { connection } = accept({ closeWith: "unsupportedVersion" });
  expect(connection.messages).toEqual([{ type: "bye", code: 4501, reason: "protocol version" }]);
});

test("where nobody decided who may watch, the client learns the option's name before it is closed", () => {
  const { accept, desk } = open();
  const { connection } = accept({ closeWith: "unauthenticated", misconfigured: true });
  expect(connection.messages.map(({ type }) => type)).toEqual(["error", "bye"]);
  expect(connection.of("error")[0]?.detail).toContain("MC_AUTH_MISSING");
  expect(connection.closes).toMatchObject([{ code: 4502 }]);
  expect(desk.count).toBe(0);
});

test("transports read the size limit from it", () => {
  expect(open({ options: { maxMessageBytes: 4_096 } }).desk.maxFrameBytes).toBe(4_096);
});

test("a socket that comes after the end is told to come back, and is no session", () => {
  const { accept, desk } = open({ fill: 128 });
  desk.shut();
  const { connection } = accept();
  expect(connection.of("bye")).toMatchObject([{ code: 1012, reconnectAfterMs: 2_510 }]);
  expect(connection.closes).toMatchObject([{ code: closeCodes.restart.code }]);
  expect(desk.count).toBe(0);
});
