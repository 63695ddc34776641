import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { closeOnSignals, type SignalledProcess } from "./close-on-signals.js";

function start(signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"]) {
  const killed: [number, NodeJS.Signals][] = [];
  const host = Object.assign(new EventEmitter(), {
    pid: 4711,
    kill: (pid: number, signal: NodeJS.Signals) => killed.push([pid, signal]),
  });
  let closes = 0;
  let finish = () => {};
  const close = () => {
    closes += 1;
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  };
  const given: SignalledProcess = host;
  const undo = closeOnSignals(given, signals, close);
  return { host, killed, undo, closes: () => closes, finish: () => finish() };
}

test("a signal closes, and is sent again once that is done, with nobody left to hear it", async () => {
  const { host, killed, closes, finish } = start();
  host.emit("SIGTERM");
  expect(closes()).toBe(1);
  expect(host.eventNames()).toEqual([]);
  await Promise.resolve();
  expect(killed).toEqual([]);
  finish();
  await Promise.resolve();
  expect(killed).toEqual([[4711, "SIGTERM"]]);
});

test("whoever sends a second one does not wait: it is the host's again", () => {
  const { host, closes } = start();
  host.emit("SIGINT");
  expect(host.emit("SIGINT")).toBe(false);
  expect(host.emit("SIGTERM")).toBe(false);
  expect(closes()).toBe(1);
});

test("the host's own listeners stay", () => {
  const { host } = start();
  let heard = 0;
  host.on("SIGTERM", () => {
    heard += 1;
  });
  host.emit("SIGTERM");
  host.emit("SIGTERM");
  expect(heard).toBe(2);
});

test("undone it hears nothing", () => {
  const { host, closes, undo } = start();
  undo();
  undo();
  expect(host.emit("SIGTERM")).toBe(false);
  expect(closes()).toBe(0);
});
