import { FakeConnection, ModelledService, type ModelledWish } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import type { NumberOptions } from "../limit-options.js";

/** A whole service under a host that holds the event loop, beside a twin that sheds nothing. */

const everything: ModelledWish = { item: {}, selects: () => true };
const coarse: ModelledWish = { item: { everyMs: 10_000 }, selects: () => true };
/** No event loop is ever so late. */
const off: Partial<NumberOptions> = { shedLateMs: 60_000, shedLastValuesLateMs: 60_000 };

async function started(options: Partial<NumberOptions> = {}) {
  const service = new ModelledService(options, [everything, coarse], 3);
  const told: (readonly [string, unknown])[] = [];
  service.cast.on("warning", ({ code, details }) => {
    if (code === "MC_SHED") told.push([code, details.level]);
  });
  await service.start();
  for (const client of service.clients) await client.connect(service.cast.acceptor);
  await service.tick(5);
  return { service, told };
}

/** What the first client was told of its quality, in order. */
function qualities({ clients }: ModelledService): string[] {
  const texts = clients[0]?.sent.map(({ bytes }) => Buffer.from(bytes).toString()) ?? [];
  return texts
    .filter((text) => text.startsWith('{"type":"quality"'))
    .map((text) => {
      const { state, reason = "" } = JSON.parse(text);
      return `${state} ${reason}`.trim();
    });
}

/** Ticks between one sample and the next, of the newest samples. */
function distances({ host }: ModelledService, count: number): number[] {
  const ticks = host.oracle.ticks.slice(-count - 1);
  return ticks.slice(1).map((tick, n) => tick - (ticks[n] ?? 0));
}

describe("a service whose host holds the event loop", () => {
  test("samples less, gives last values only, says so, and comes back by itself", async () => {
    const { service, told } = await started();
    await service.press(24_000, 400);
    expect(service.cast.health()).toMatchObject({
      status: "degraded",
      reasons: ["shedding"],
      pressure: { level: 3, everyTicks: 4, lastValuesOnly: true },
    });
    expect(service.cast.health().pressure.lateMs).toBeGreaterThan(150);
    expect(distances(service, 3)).toEqual([4, 4, 4]);
    expect(qualities(service)).toEqual(["coarse shed", "coarse shed", "last_values shed"]);

    await service.tick(60);
    expect(service.cast.health()).toMatchObject({
      status: "ok",
      pressure: { level: 0, everyTicks: 1, lateMs: 0 },
    });
    expect(distances(service, 20)).toEqual(Array.from({ length: 20 }, () => 1));
    expect(qualities(service).slice(3)).toEqual(["coarse shed", "coarse shed", "live"]);
    // Each level at most once a minute.
    expect(told).toEqual([1, 2, 3, 0].map((level) => ["MC_SHED", level]));

    // Whatever was left out, nothing is missing that was sampled.
    await service.recover();
    expect(service.faults()).toEqual([]);
    expect(service.clients.flatMap((client) => client.lost())).toEqual([]);
    await service.close();
  });

  test("has less to do than a twin that sheds nothing", async () => {
    const [shedding, twin] = [await started(), await started(off)];
    for (const { service } of [shedding, twin]) await service.press(40_000, 400);
    const [shed, all] = [shedding, twin].map(({ service }) => service.host.oracle.ticks.length);
    expect(twin.told).toEqual([]);
    expect(twin.service.cast.health().pressure.level).toBe(0);
    expect(shed).toBeLessThan((all ?? 0) / 2);
    for (const { service } of [shedding, twin]) {
      expect(service.faults()).toEqual([]);
      await service.close();
    }
  });

  test("is not moved by one standstill, however long", async () => {
    const { service, told } = await started();
    await service.stall(20_000);
    await service.tick(20);
    expect(told).toEqual([]);
    expect(qualities(service)).toEqual([]);
    expect(service.faults()).toEqual([]);
    await service.close();
  });

  test("tells those who come meanwhile", async () => {
    const { service } = await started();
    await service.press(4_000, 100);
    const [first] = service.clients;
    first?.drop();
    await first?.connect(service.cast.acceptor);
    await service.tick(4);
    expect(qualities(service)[0]).toBe("coarse shed");
    await service.close();
  });

  test("tells whoever watches the channel of alerts", async () => {
    const { service } = await started();
    const connection = await FakeConnection.open(service.cast.acceptor);
    connection.write(JSON.stringify({ type: "subscribe", id: 1, items: [{ channel: "alerts" }] }));
    await service.press(4_000, 100);
    connection.drop();
    const texts = connection.sent.map(({ bytes }) => Buffer.from(bytes).toString());
    const events = texts.map((text) => JSON.parse(text)).filter(({ type }) => type === "events");
    expect(events[0]?.items[0]).toMatchObject({ type: "shed", data: { level: 1, everyTicks: 2 } });
    await service.close();
  });
});
