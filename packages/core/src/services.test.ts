import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import type { MetricastError } from "./errors.js";
import type { MetricastOptions } from "./options.js";
import { resolveOptions } from "./resolve-options.js";
import { createServices } from "./services.js";

function start(given: MetricastOptions = {}) {
  const clock = manualClock();
  const services = createServices(resolveOptions({ clock, ...given }));
  const told: MetricastError[] = [];
  services.emitter.on("error", (error) => told.push(error));
  services.emitter.on("warning", (error) => told.push(error));
  return { clock, services, told, codes: () => told.map(({ code }) => code) };
}

const fail = () => {
  throw new Error("the host's own mistake");
};

test("each writer has an epoch of its own, of 16 hex digits", () => {
  const [one, other] = [start().services.epoch, start().services.epoch];
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(one).not.toBe(other);
});

test("the epoch is what the given random says", () => {
  const random = { bytes: (count: number) => new Uint8Array(count).fill(171), fraction: () => 0.5 };
  expect(start({ random }).services.epoch).toBe("ab".repeat(8));
});

test("a listener that throws is counted and told to the others", () => {
  const { services, told } = start();
  services.emitter.on("connect", fail);
  services.emitter.emit("connect", { session: "s", address: "127.0.0.1" });
  expect(services.stats.listenerFailures).toBe(1);
  expect(told).toMatchObject([{ code: "MC_LISTENER_FAILED", details: { key: "connect" } }]);
});

test("one of errors that throws is counted, and nothing goes round in circles", () => {
  const { services, codes } = start();
  services.emitter.on("error", fail);
  services.emitter.on("warning", fail);
  services.reporter.report("error", "MC_INTERNAL", { key: "test" });
  services.reporter.report("warning", "MC_PUBLIC", {});
  expect(services.stats.listenerFailures).toBe(2);
  expect(codes()).toEqual(["MC_INTERNAL", "MC_PUBLIC"]);
});

test("a logger that throws is counted", () => {
  const { services, codes } = start({ logger: { debug: fail, info: fail, warn: fail, error: fail } });
  services.reporter.report("error", "MC_INTERNAL", { key: "test" });
  expect(services.stats.listenerFailures).toBe(1);
  expect(codes()).toEqual(["MC_INTERNAL"]);
});

test("a step of the wall clock is told where it is longer than an interval, else followed slowly", () => {
  const { clock, services, told } = start({ intervalMs: 5_000 });
  clock.stepWall(4_999);
  services.time.nowMs();
  expect(told).toEqual([]);
  clock.stepWall(10_000);
  services.time.nowMs();
  expect(told).toMatchObject([{ code: "MC_CLOCK_STEP", details: { deltaMs: 14_999 } }]);
});

test("with an interval under a second, only a step of more than a second is one", () => {
  const { clock, services, codes } = start({ intervalMs: 100 });
  clock.stepWall(1_000);
  services.time.nowMs();
  expect(codes()).toEqual([]);
  clock.stepWall(1);
  services.time.nowMs();
  expect(codes()).toEqual(["MC_CLOCK_STEP"]);
});
