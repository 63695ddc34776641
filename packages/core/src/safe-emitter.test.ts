import { expect, test, vi } from "vitest";
import { SafeEmitter } from "./safe-emitter.js";

interface Events {
  readonly tick: number;
  readonly error: string;
}

function emitter() {
  const faults: [string, unknown][] = [];
  return { faults, events: new SafeEmitter<Events>((event, cause) => faults.push([event, cause])) };
}

test("a listener that throws is reported, the others still hear", () => {
  const { faults, events } = emitter();
  const heard: number[] = [];
  const fault = new Error("listener");
  events.on("tick", (tick) => heard.push(tick));
  events.on("tick", () => {
    throw fault;
  });
  events.on("tick", (tick) => heard.push(-tick));
  events.emit("tick", 5);
  expect(heard).toEqual([5, -5]);
  expect(faults).toEqual([["tick", fault]]);
});

test("so is one that rejects, or that answers with another library's promise", async () => {
  const { faults, events } = emitter();
  const fault = new Error("later");
  events.on("tick", () => Promise.reject(fault));
  // biome-ignore lint/suspicious/noThenProperty: what other libraries' promises are to us
  events.on("tick", () => ({ then: (_: unknown, reject: (cause: unknown) => void) => reject(fault) }));
  events.on("tick", () => ({
    // biome-ignore lint/suspicious/noThenProperty: as above
    get then() {
      throw fault;
    },
  }));
  events.emit("tick", 1);
  await Promise.resolve();
  expect(faults).toEqual([
    ["tick", fault],
    ["tick", fault],
    ["tick", fault],
  ]);
});

test("an error that nobody hears is not thrown", () => {
  const { events } = emitter();
  expect(() => events.emit("error", "unheard")).not.toThrow();
});

test("a listener is taken off by what on() returned, and only that one", () => {
  const { events } = emitter();
  const listener = vi.fn();
  const off = events.on("tick", listener);
  events.on("tick", listener);
  off();
  off();
  events.emit("tick", 1);
  expect(listener).toHaveBeenCalledTimes(1);
  events.clear();
  events.emit("tick", 2);
  expect(listener).toHaveBeenCalledTimes(1);
});

test("listeners may come and go while an event is being told", () => {
  const { events } = emitter();
  const heard: string[] = [];
  const off = events.on("tick", () => {
    heard.push("first");
    off();
    events.on("tick", () => heard.push("late"));
  });
  events.on("tick", () => heard.push("second"));
  events.emit("tick", 1);
  expect(heard).toEqual(["first", "second"]);
});
