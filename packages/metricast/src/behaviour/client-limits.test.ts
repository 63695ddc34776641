import { manualClock, ServedCast, UpgradeRefused, until } from "@metricast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type CastOptions, metricast } from "../index.js";

async function serve(options: CastOptions) {
  const clock = manualClock();
  const served = await ServedCast.start(metricast({ clock, defaultSources: false, ...options }));
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  return { clock, served, cast: served.cast };
}

test("one session over maxClients is told when to come back and closed with 1013; when one leaves there is room", async () => {
  const { served, cast } = await serve({ maxClients: 3 });
  const [first] = [await served.connect(), await served.connect(), await served.connect()];
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const extra = await served.open();
    expect(await extra.closed()).toBe(1013);
    expect(extra.received).toEqual([
      { type: "bye", code: 1013, reason: "try again later", reconnectAfterMs: expect.any(Number) },
    ]);
    waits.push(extra.of("bye")[0]?.reconnectAfterMs ?? 0);
  }
  // Spread, so that those who are turned away together do not come back together.
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  expect(new Set(waits).size).toBeGreaterThan(1);
  expect(cast.health().clients).toEqual({ count: 3, limit: 3 });

  first.peer.close(1000);
  await until(() => cast.health().clients.count === 2);
  expect((await served.connect()).of("welcome")).toHaveLength(1);
});

test("a flood of upgrades from one address is answered 429 with Retry-After, others get in", async () => {
  const { served, clock } = await serve({
    acceptBurstPerAddress: 5,
    acceptsPerSecondPerAddress: 1,
    trustProxy: ["127.0.0.1"],
  });
  const from = (address: string) => served.open({ headers: [["X-Forwarded-For", address]] });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => from("203.0.113.7").then(opened, refused)),
  );
  expect(answers.filter((answer) => answer === "opened")).toHaveLength(5);
  const refusals = answers.filter((answer) => answer !== "opened");
  expect(new Set(refusals)).toEqual(new Set(["429 after 1"]));

  await from("203.0.113.8");
  await clock.advanceAsync(1_000);
  await from("203.0.113.7");
});

test("over maxClientsPerAddress the answer is 429, and the address is one for a whole IPv6 /64", async () => {
  const { served } = await serve({ maxClientsPerAddress: 2, trustProxy: ["127.0.0.1"] });
  const from = (address: string) =>
    served.open({ headers: [["X-Forwarded-For", address]] }).then(opened, refused);
  expect(await from("2001:db8::1")).toBe("opened");
  expect(await from("2001:db8::2")).toBe("opened");
  expect(await from("2001:db8::ffff:3")).toMatch(/^429 after \d+$/);
  expect(await from("2001:db8:0:1::1")).toBe("opened");
});

test("over acceptsPerSecond everybody is answered 503 with Retry-After", async () => {
  const { served } = await serve({ acceptsPerSecond: 2 });
  const answers = await Promise.all(Array.from({ length: 4 }, () => served.open().then(opened, refused)));
  expect(answers.sort()).toEqual(["503 after 1", "503 after 1", "opened", "opened"]);
});

const opened = (): string => "opened";

function refused(cause: unknown): string {
  if (!(cause instanceof UpgradeRefused)) throw cause;
  return `${cause.response.status} after ${cause.response.headers.get("retry-after")}`;
}
