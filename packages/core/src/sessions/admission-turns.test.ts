import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import type { Admission } from "../contracts/connection.js";
import { Stats } from "../health/stats.js";
import { AdmissionDesk } from "./admission.js";
import { ampleLimits } from "./testing/ample-limits.js";
import { Tickets } from "./ticket.js";

const limits = { ...ampleLimits, maxClients: 10, maxClientsPerAddress: 5 };

/** A desk of which each client that is let in takes a slice; `answers` are in the order in which they came. */
function open() {
  const time = manualClock();
  let workedMs = 0;
  const clock = {
    monotonicMs: () => time.monotonicMs() + workedMs,
    dateMs: () => time.dateMs(),
    after: time.after.bind(time),
    soon: time.soon.bind(time),
  };
  const clients = { count: 0 };
  const stats = new Stats();
  const random = { bytes: (count: number) => new Uint8Array(count).fill(7), fraction: () => 0.5 };
  const tickets = new Tickets({ secrets: [], random, time: { nowMs: clock.dateMs } });
  const options = { ...limits, public: true };
  const desk = new AdmissionDesk({ options, clock, random, tickets, clients, stats, report: () => {} });
  const answers: (number | "in")[] = [];
  const come = async (remoteAddress: string, oneWay = true) => {
    const asked = { method: "GET", path: "/", query: "", headers: new Map(), secure: false };
    const protocols = oneWay ? [] : ["metricast.v1.json"];
    const admission: Admission = await desk.admit({ ...asked, remoteAddress, protocols, oneWay });
    answers.push(admission.accepted ? "in" : admission.status);
    if (!admission.accepted) return;
    workedMs += 2;
    clients.count += 1;
    desk.opened(remoteAddress);
  };
  const comeTogether = async (addresses: readonly string[], oneWay?: boolean) => {
    for (const address of addresses) {
      void come(address, oneWay);
      for (let round = 0; round < 10; round += 1) await Promise.resolve();
    }
  };
  const turns = () => time.advanceAsync(0);
  return { desk, clients, answers, comeTogether, turns };
}

const addresses = (count: number, network = "192.0.2") =>
  Array.from({ length: count }, (_, k) => `${network}.${k}`);

test("streams that come together wait for their turn, sockets never do", async () => {
  const { answers, comeTogether, turns } = open();
  await comeTogether(addresses(3));
  expect(answers).toEqual(["in"]);
  await comeTogether(addresses(2, "198.51.100"), false);
  expect(answers).toEqual(["in", "in", "in"]);
  await turns();
  expect(answers).toEqual(["in", "in", "in", "in", "in"]);
});

test("who waits counts as a client, so that the line is no longer than there is room", async () => {
  const { answers, comeTogether, turns } = open();
  await comeTogether(addresses(12));
  expect(answers).toEqual(["in", 503, 503]);
  await turns();
  expect(answers).toEqual(["in", 503, 503, ...addresses(9).map(() => "in")]);
});

test("of one address no more are let in than may be, however many waited", async () => {
  const { answers, comeTogether, turns } = open();
  await comeTogether(addresses(8).map(() => "192.0.2.1"));
  await turns();
  expect(answers).toEqual(["in", "in", "in", "in", "in", 429, 429, 429]);
});

test("when the service drains all who wait are refused, and it waits for that", async () => {
  const { desk, answers, comeTogether, turns } = open();
  await comeTogether(addresses(4));
  const drained = desk.drain(1_000).then(() => answers.length);
  await turns();
  expect(answers).toEqual(["in", 503, 503, 503]);
  expect(await drained).toBe(4);
});
