import { FakeConnection, MetricsWatch, manualClock, ReferenceClient } from "@metricast/testkit";
import { expect, test } from "vitest";
import type { Clock } from "./contracts/clock.js";
import { createMetricast } from "./metricast.js";

const intervalMs = 1_000;

/** Of a machine so busy with others that each bit of work takes a slice, and ticks come before what is to run soon. */
function busyClock() {
  const manual = manualClock();
  const waiting: (() => void)[] = [];
  let isBusy = false;
  let tookMs = 0;
  const clock: Clock = {
    monotonicMs: () => {
      if (isBusy) tookMs += 3;
      return manual.monotonicMs() + tookMs;
    },
    dateMs: () => manual.dateMs() + tookMs,
    after: (delayMs, run) => manual.after(delayMs, run),
    soon: (run) => {
      if (!isBusy) return manual.soon(run);
      waiting.push(run);
      return () => void waiting.splice(waiting.indexOf(run), 1);
    },
  };
  return {
    clock,
    advance: (ms: number) => manual.advanceAsync(ms),
    beBusy: () => {
      isBusy = true;
    },
    beQuiet: () => {
      isBusy = false;
      for (const run of waiting.splice(0)) run();
    },
  };
}

test("a frame that is built late has the values of its own tick", async () => {
  const { clock, advance, beBusy, beQuiet } = busyClock();
  const sources = [({ now }: { readonly now: number }) => ({ a: now / intervalMs, b: now / intervalMs })];
  const cast = createMetricast({ clock, public: true, intervalMs, sources });
  await cast.start();
  const connection = await FakeConnection.open(cast.acceptor);
  const client = new ReferenceClient();
  connection.onMessage = (data) => client.take(data);
  const watches = ["a", "b"].map((select) => new MetricsWatch({ channel: "metrics", select: [select] }));
  connection.write(client.subscribe(watches));
  await advance(2 * intervalMs);
  connection.read();
  beBusy();
  await advance(3 * intervalMs);
  beQuiet();
  await advance(0);
  connection.read();
  for (const { timeline } of watches) {
    const shown = timeline.entries.flatMap(({ to, series }) =>
      [...series.values()].map((cell) => [to, cell]),
    );
    expect(shown.length).toBeGreaterThan(4);
    expect(shown).toEqual(shown.map(([tick]) => [tick, { kind: "values", values: [tick] }]));
  }
  const closed = cast.close();
  await advance(30_000);
  await closed;
});
