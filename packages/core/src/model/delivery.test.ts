import { lawRuns, type ModelledClient, ModelledService, type ModelledWish } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NumberOptions } from "../limit-options.js";

/**
 * Whatever happens to server, line and reader: what a client holds is what the sources gave, each tick once, up to
 * where it was told that something is missing.
 */

const wishes: readonly ModelledWish[] = [
  { item: {}, selects: () => true },
  { item: { select: ["g_*"] }, selects: ({ info }) => info.name.startsWith("g_") },
  { item: { select: ['*{zone="a"}'] }, selects: ({ info }) => info.labels.zone === "a" },
  { item: { everyMs: 10_000 }, selects: () => true },
  { item: { select: ["c_*", "h_*"], everyMs: 5_000 }, selects: ({ info }) => /^[ch]_/.test(info.name) },
  { item: { sinceMs: 30_000 }, selects: () => true },
  { item: { sinceMs: 400_000, points: 20 }, selects: () => true },
  {
    item: { select: ["g_*"], sinceMs: 60_000, points: 7, everyMs: 10_000 },
    selects: ({ info }) => /^g_/.test(info.name),
  },
];
const anything: ModelledWish = { item: {}, selects: () => true };
const clientCount = 3;

type EventType = "even" | "odd" | "other";
type Step =
  | { do: "tick"; ticks: number }
  | { do: "wait"; ms: number }
  | { do: "early"; ms: number }
  | { do: "stall"; ms: number }
  | { do: "press"; ms: number; holdMs: number }
  | { do: "stepWall"; ms: number }
  | { do: "set"; series: number; value: number }
  | { do: "toggle"; series: number }
  | { do: "fail" | "recover" | "slow" | "drift" | "restart" }
  | { do: "events"; types: readonly EventType[] }
  | { do: "drop" | "connect" | "unwatch"; client: number }
  | { do: "read"; client: number; reading: ModelledClient["reading"] }
  | { do: "lag"; client: number; reading: ModelledClient["reading"]; ticks: number }
  | { do: "away"; client: number; ticks: number }
  | { do: "capacity"; client: number; bytes: number }
  | { do: "choose"; client: number; wish: number };

const client = fc.nat({ max: clientCount - 1 });
const series = fc.nat({ max: 13 });
const value = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(Number.NaN, Infinity, -Infinity));
const ticks = (min: number, max: number) =>
  fc.integer({ min, max }).map((ticks): Step => ({ do: "tick", ticks }));
const eventType = fc.constantFrom<EventType[]>("even", "odd", "other");
const events = (types: readonly EventType[]): Step => ({ do: "events", types });
const words = fc.constantFrom<Step[]>({ do: "fail" }, { do: "recover" }, { do: "slow" }, { do: "drift" });
const ms = (min: number, max: number, make: (ms: number) => Step) => fc.integer({ min, max }).map(make);

const readings = [
  { bytes: 0, everyTurns: 1 },
  { bytes: 0, everyTurns: 1 },
  { bytes: 300, everyTurns: 3 },
  { bytes: 1_000, everyTurns: 10 },
  { bytes: 4_000, everyTurns: 40 },
  { bytes: Infinity, everyTurns: 30 },
  { bytes: Infinity, everyTurns: 1 },
];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: ticks(1, 4) },
    { weight: 2, arbitrary: ticks(5, 40) },
    { weight: 2, arbitrary: ticks(40, 200) },
    { weight: 3, arbitrary: ms(1, 1_500, (ms) => ({ do: "wait", ms })) },
    { weight: 1, arbitrary: ms(1, 20, (ms) => ({ do: "early", ms })) },
    { weight: 2, arbitrary: ms(100, 12_000, (ms) => ({ do: "stall", ms })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 2_000, max: 12_000 }), fc.constantFrom(200, 400, 900))
        .map(([ms, holdMs]): Step => ({ do: "press", ms, holdMs })),
    },
    { weight: 1, arbitrary: ms(-6_000, 20_000, (ms) => ({ do: "stepWall", ms })) },
    {
      weight: 2,
      arbitrary: fc.tuple(series, value).map(([series, value]): Step => ({ do: "set", series, value })),
    },
    { weight: 2, arbitrary: series.map((series): Step => ({ do: "toggle", series })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(client, fc.constantFrom(...readings), fc.integer({ min: 5, max: 60 }))
        .map(([client, reading, ticks]): Step => ({ do: "lag", client, reading, ticks })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(client, fc.integer({ min: 1, max: 120 }))
        .map(([client, ticks]): Step => ({ do: "away", client, ticks })),
    },
    { weight: 3, arbitrary: words },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "restart" }) },
    { weight: 3, arbitrary: fc.array(eventType, { minLength: 1, maxLength: 8 }).map(events) },
    { weight: 4, arbitrary: client.map((client): Step => ({ do: "connect", client })) },
    { weight: 2, arbitrary: client.map((client): Step => ({ do: "drop", client })) },
    { weight: 1, arbitrary: client.map((client): Step => ({ do: "unwatch", client })) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(client, fc.constantFrom(...readings))
        .map(([client, reading]): Step => ({ do: "read", client, reading })),
    },
    {
      weight: 1,
      arbitrary: bytesOf([0, 2_000, Infinity], (client, bytes) => ({ do: "capacity", client, bytes })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(client, fc.nat({ max: wishes.length - 1 }))
        .map(([client, wish]): Step => ({ do: "choose", client, wish })),
    },
  ),
  { maxLength: 40, size: "max" },
);

function bytesOf(choices: number[], make: (client: number, bytes: number) => Step): fc.Arbitrary<Step> {
  return fc.tuple(client, fc.constantFrom(...choices)).map(([client, bytes]) => make(client, bytes));
}

const options: fc.Arbitrary<Partial<NumberOptions>> = fc.record(
  {
    maxInFlightBytes: fc.constantFrom(4_096, 4_096, 65_536),
    maxResumePoints: fc.constantFrom(8, 600),
    frameLogFrames: fc.constantFrom(2, 120),
    maxBlockBytes: fc.constantFrom(1_024, 32_768),
    retentionMs: fc.constantFrom(60_000, 3_600_000),
    retentionEvents: fc.constantFrom(3, 1_000),
    viewLingerMs: fc.constantFrom(0, 10_000),
    heartbeatMs: fc.constantFrom(3_000, 10_000),
  },
  { noNullPrototype: true },
);
const stalls = fc.constantFrom({}, {}, {}, { stallLastValuesMs: 4_000, stallCloseMs: 20_000 });

async function run(service: ModelledService, step: Step): Promise<void> {
  const { host, clock } = service;
  const at = "client" in step ? service.clients[step.client] : undefined;
  if (at) await runOf(at, service, step);
  else if (step.do === "tick") await service.tick(step.ticks);
  else if (step.do === "wait") await service.advance(step.ms);
  else if (step.do === "early") clock.inner.fireEarly(step.ms);
  else if (step.do === "stall") await service.stall(step.ms);
  else if (step.do === "press") await service.press(step.ms, step.holdMs);
  else if (step.do === "stepWall") await service.stepWall(step.ms);
  else if (step.do === "restart") await service.restart();
  else if (step.do === "events") for (const type of step.types) service.addEvent(type);
  else if (step.do === "drift") host.drifts = !host.drifts;
  else if (step.do === "slow") host.isSlow = !host.isSlow;
  else if (step.do === "fail" || step.do === "recover") host.failing = step.do === "fail";
  else if (step.do === "set") host.set(step.series, step.value);
  else if (step.do === "toggle") host.toggle(step.series);
  await service.settle();
}

async function runOf(client: ModelledClient, service: ModelledService, step: Step): Promise<void> {
  if (step.do === "connect") await client.connect(service.cast.acceptor);
  else if (step.do === "drop") client.drop();
  else if (step.do === "lag") await lag(client, service, step);
  else if (step.do === "away") {
    client.drop();
    await service.tick(step.ticks);
    await client.connect(service.cast.acceptor);
  } else if (step.do === "unwatch") client.restartWatch();
  else if (step.do === "read") client.reading = step.reading;
  else if (step.do === "choose") client.choose(wishes[step.wish] ?? anything);
  else if (step.do === "capacity" && client.connection) client.connection.capacityBytes = step.bytes;
}

async function lag(client: ModelledClient, service: ModelledService, step: Extract<Step, { do: "lag" }>) {
  const before = client.reading;
  client.reading = step.reading;
  await service.tick(step.ticks);
  client.reading = before;
}

/** Once everybody reads again nothing is due, nothing is missing, and everybody is at the head. */
function expectLevel(service: ModelledService): void {
  const head = service.host.oracle.ticks.at(-1) ?? 0;
  for (const [index, client] of service.clients.entries()) {
    const { metrics, events } = client;
    const { timeline, view } = metrics;
    const { stepTicks = 1 } = view ?? {};
    expect({ index, due: timeline.due, tick: timeline.tick }).toEqual({
      index,
      due: [],
      tick: Math.floor(head / stepTicks) * stepTicks,
    });
    expect(client.lost()).toEqual([]);
    expect(service.missedEvents(events)).toEqual([]);
  }
}

const chosenWishes = fc.tuple(
  ...Array.from({ length: clientCount }, () => fc.nat({ max: wishes.length - 1 })),
);
type Scene = [Partial<NumberOptions>, Partial<NumberOptions>, number[], Step[]];

async function play([given, stall, chosen, list]: Scene, ballast = 0): Promise<void> {
  const picked = chosen.map((index) => wishes[index] ?? anything);
  const service = new ModelledService({ ...given, ...stall }, picked, 7, { ballast });
  // Where memory is tight, what is fine goes before its age.
  if (ballast > 0) for (const client of service.clients) client.leastRetentionTicks = 0;
  await service.start();
  for (const client of service.clients) await client.connect(service.cast.acceptor);
  await service.settle();
  for (const step of list) {
    await run(service, step);
    expect(service.faults()).toEqual([]);
  }
  await service.recover();
  expect(service.faults()).toEqual([]);
  expectLevel(service);
  await service.close();
}

const tight: Partial<NumberOptions> = {
  maxInFlightBytes: 4_096,
  maxResumePoints: 8,
  frameLogFrames: 2,
  maxBlockBytes: 1_024,
  retentionMs: 60_000,
  retentionEvents: 3,
  viewLingerMs: 0,
  heartbeatMs: 3_000,
};

const silent = { bytes: 0, everyTurns: 1 };

/** Scenes that once went wrong. */
const scenes: readonly (readonly [string, Scene])[] = [
  [
    "history that was asked for begins with a whole point",
    [
      tight,
      {},
      [0, 1, 2],
      [
        { do: "tick", ticks: 290 },
        { do: "choose", client: 0, wish: 6 },
      ],
    ],
  ],
  [
    "what comes back after an absence begins where it began, not in a point of before",
    [
      tight,
      {},
      [0, 1, 2],
      [
        { do: "tick", ticks: 32 },
        { do: "drop", client: 0 },
        { do: "stall", ms: 8_750 },
        { do: "tick", ticks: 58 },
      ],
    ],
  ],
  [
    "what expires before a slow reader took it is not passed over",
    [
      tight,
      {},
      [0, 1, 2],
      [
        { do: "read", client: 0, reading: { bytes: 300, everyTurns: 3 } },
        { do: "tick", ticks: 1 },
        { do: "away", client: 0, ticks: 89 },
        { do: "lag", client: 0, reading: silent, ticks: 5 },
        { do: "tick", ticks: 3 },
        { do: "capacity", client: 0, bytes: 0 },
        { do: "tick", ticks: 1 },
      ],
    ],
  ],
  [
    "a position of a finer step is not ahead of a coarser one",
    [
      tight,
      {},
      [0, 1, 2],
      [
        { do: "tick", ticks: 5 },
        { do: "drop", client: 0 },
        { do: "choose", client: 0, wish: 3 },
      ],
    ],
  ],
  [
    "events that were dropped between events that are left are told of",
    [
      tight,
      {},
      [0, 1, 2],
      [
        { do: "read", client: 0, reading: silent },
        events(["even", "odd", "odd"]),
        { do: "drop", client: 0 },
        events(["odd", "odd"]),
      ],
    ],
  ],
];

describe("a client holds what the log says, each tick once, since its last declared discontinuity", () => {
  test("whatever happens", { timeout: 300 * lawRuns(400) }, async () => {
    const scene = fc.tuple(options, stalls, chosenWishes, steps);
    await fc.assert(
      fc.asyncProperty(scene, (one) => play(one)),
      { numRuns: lawRuns(400) },
    );
  });

  test("whatever happens, where memory is tight", { timeout: 300 * lawRuns(400) }, async () => {
    const scene = fc.tuple(options, stalls, chosenWishes, steps);
    const bounds = { memoryBudgetBytes: 1_048_576, retentionMs: 3_600_000 };
    await fc.assert(
      fc.asyncProperty(scene, fc.integer({ min: 150, max: 350 }), ([given, ...rest], ballast) =>
        play([{ ...given, ...bounds }, ...rest], ballast),
      ),
      { numRuns: 40 },
    );
  });

  test.each(scenes)("%s", (_, scene) => play(scene));
});
