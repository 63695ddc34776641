import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import type { Handshake } from "../contracts/connection.js";
import { Stats } from "../health/stats.js";
import { AdmissionDesk, type AdmissionOptions } from "./admission.js";
import { ampleLimits } from "./testing/ample-limits.js";
import { Tickets } from "./ticket.js";

const secret = "a shared secret of 32 characters";
const limits = { ...ampleLimits, maxClients: 2 };

/** A desk, and what it answers to a client that sends nothing after its handshake. */
function open(given: Partial<AdmissionOptions>) {
  const clock = manualClock();
  const clients = { count: 0 };
  const stats = new Stats();
  const time = { nowMs: () => clock.dateMs() };
  const random = { bytes: (count: number) => new Uint8Array(count).fill(7), fraction: () => 0.5 };
  const tickets = new Tickets({ secrets: given.secret === undefined ? [] : [given.secret], random, time });
  const options = { ...limits, ...given };
  const desk = new AdmissionDesk({ options, clock, random, tickets, clients, stats, report: () => {} });
  const admit = async (token?: string) => {
    const headers = new Map([["host", "app.io"]]);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    const asked = { method: "GET", path: "/", query: "", headers, remoteAddress: "9.9.9.9", secure: false };
    const handshake: Handshake = { ...asked, protocols: [], oneWay: true };
    const admission = desk.admit(handshake);
    await clock.advanceAsync(0);
    return admission;
  };
  return { admit, clients, stats, tickets };
}

// On a socket all of these are accepted, to be closed with a code or to say hello; here nobody could read the one or say the other.

test("over the limit of clients the answer is 503, with a spread time", async () => {
  const { admit, clients, stats } = open({ public: true });
  clients.count = 2;
  expect(await admit()).toMatchObject({ accepted: false, status: 503, headers: { "Retry-After": "10" } });
  expect(stats.overLimit).toBe(1);
  clients.count = 1;
  expect(await admit()).toMatchObject({ accepted: true });
});

test("in production it is 503 while nobody decided who may watch, even for the start token", async () => {
  const { admit, tickets } = open({ production: true });
  const refused = { accepted: false, status: 503, body: '{"code":503,"name":"MC_AUTH_MISSING"}' };
  expect(await admit(tickets.startToken)).toMatchObject(refused);
});

test("without credentials it is 401", async () => {
  const { admit, tickets } = open({ secret });
  expect(await admit()).toMatchObject({ accepted: false, status: 401 });
  const ticket = tickets.mint({ id: "ann" }, 60_000);
  expect(await admit(ticket)).toMatchObject({ accepted: true, ticket: { identity: { id: "ann" } } });
});
