import { memoryStore } from "@metricast/store-memory";
import {
  clusterIntervalMs,
  type Instance,
  Instances,
  lawRuns,
  numbersFalse,
  numbersHeld,
  numbersLost,
  Viewer,
} from "@metricast/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

/**
 * Two instances on one store, each on a line of its own, and two clients that go from one to the other: what a client was shown is
 * what the instances read, but for who was named as missing; nothing between two frames is jumped over in silence; and in the
 * end both histories have all that both read. The same is told of a real Redis in store-redis/src/model.long.test.ts.
 */

interface Modelled extends Instance {
  readonly name: string;
  /** That it read; each is the value of its series, too. */
  readonly ticks: readonly number[];
}

/** A keyframe comes every 120 ticks: whoever lost what it cannot ask for waits for the next. */
const levelTicks = 130;

const numbers = {
  shed: false,
  messageBurst: 100_000,
  messagesPerMinute: 1_000_000,
  acceptBurstPerAddress: 100_000,
  acceptsPerSecondPerAddress: 100_000,
};

class World {
  readonly viewers = [new Viewer({ select: ["number_*"] }), new Viewer({ select: ["number_*"] })] as const;
  readonly instances: readonly [Modelled, Modelled];
  readonly #all: Instances;
  readonly #connected = new Set<Viewer>();

  static async begin(): Promise<World> {
    const all = new Instances((clock) => memoryStore({ clock }));
    return new World(all, [await instanceOf(all, "a"), await instanceOf(all, "b")]);
  }

  private constructor(all: Instances, instances: readonly [Modelled, Modelled]) {
    this.#all = all;
    this.instances = instances;
  }

  get now(): number {
    return Math.floor(this.#all.clock.dateMs() / clusterIntervalMs);
  }

  async tick(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      await this.#all.tick();
      await this.#read();
    }
  }

  async join(viewer: Viewer, { cast }: Modelled): Promise<void> {
    if (this.#connected.has(viewer)) return;
    this.#connected.add(viewer);
    await viewer.connect(cast);
    await this.#read();
  }

  leave(viewer: Viewer): void {
    if (this.#connected.delete(viewer)) viewer.drop();
  }

  heal(): void {
    for (const { line } of this.instances) heal(line);
  }

  /** Everybody is connected, and is shown everybody's number of the present tick. */
  async level(): Promise<void> {
    for (const [at, viewer] of this.viewers.entries()) {
      const instance = this.instances[at];
      if (instance !== undefined) await this.join(viewer, instance);
    }
    const isLevel = ({ last }: Viewer) =>
      last !== undefined &&
      last.tick >= this.now - 1 &&
      this.instances.every(({ name }) => last.values[`number_${name}`] === last.tick);
    for (let left = levelTicks; left > 0 && !this.viewers.every(isLevel); left -= 1) await this.tick(1);
    expect(this.viewers.map((viewer) => (isLevel(viewer) ? "level" : viewer.last))).toEqual([
      "level",
      "level",
    ]);
  }

  async missingInHistory(from: number, to: number): Promise<readonly string[]> {
    const range = {
      channel: "metrics",
      from: from * clusterIntervalMs,
      to: to * clusterIntervalMs,
      points: 2_000,
    };
    const answers = Promise.all(this.viewers.map((viewer) => viewer.query(range)));
    await this.#read();
    return (await answers).flatMap((answer) => numbersHeld(answer, this.instances, { from, to }));
  }

  close(): Promise<void> {
    for (const viewer of this.viewers) this.leave(viewer);
    return this.#all.close();
  }

  async #read(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      for (const viewer of this.#connected) viewer.read();
      await this.#all.settle();
    }
  }
}

async function instanceOf(all: Instances, name: string): Promise<Modelled> {
  const ticks: number[] = [];
  const read = (now: number) => {
    ticks.push(now / clusterIntervalMs);
    return { [`number_${name}`]: now / clusterIntervalMs };
  };
  return Object.assign(await all.add(name, {}, { read, given: numbers }), { name, ticks });
}

function heal(line: Modelled["line"]): void {
  line.hold(false);
  line.deafen(false);
  line.away(false);
}

const lineActs = {
  "is held up": (line: Modelled["line"]) => line.hold(true),
  "hears nothing": (line: Modelled["line"]) => line.deafen(true),
  "has no store": (line: Modelled["line"]) => line.away(true),
  "loses a batch": (line: Modelled["line"]) => line.loseNext(),
  "has a store that forgot": (line: Modelled["line"]) => line.forget(),
  "is well again": heal,
};
const lineAct = fc.constantFrom<(keyof typeof lineActs)[]>(
  "is held up",
  "hears nothing",
  "has no store",
  "loses a batch",
  "has a store that forgot",
  "is well again",
  "is well again",
);
const which = fc.constantFrom<(0 | 1)[]>(0, 1);

type Step = { readonly ticks: number } & (
  | { readonly instance: 0 | 1; readonly what: keyof typeof lineActs }
  | { readonly viewer: 0 | 1; readonly to: 0 | 1 | "nowhere" }
);

const ticks = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.nat({ max: 40 }) },
);
const stories: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ ticks, instance: which, what: lineAct }),
    fc.record({ ticks, viewer: which, to: fc.constantFrom<(0 | 1 | "nowhere")[]>(0, 1, "nowhere") }),
  ),
  { minLength: 1, maxLength: 14 },
);

async function happen(world: World, step: Step): Promise<void> {
  if ("what" in step) lineActs[step.what](world.instances[step.instance].line);
  else {
    const viewer = world.viewers[step.viewer];
    world.leave(viewer);
    if (step.to !== "nowhere") await world.join(viewer, world.instances[step.to]);
  }
  await world.tick(step.ticks);
}

/** What was never stored, or forgotten before anybody else had it, is only where it was read. */
const isWhole = (story: readonly Step[]) =>
  story.every((step) => !("what" in step) || !/loses|forgot/.test(step.what));

async function play(story: readonly Step[]): Promise<void> {
  const world = await World.begin();
  try {
    await world.level();
    const fromTick = world.now;
    for (const step of story) await happen(world, step);
    world.heal();
    await world.tick(2);
    await world.level();
    for (const viewer of world.viewers) {
      expect(viewer.allFaults).toEqual([]);
      expect(numbersFalse(viewer, world.instances)).toEqual([]);
      expect(numbersLost(viewer, world.instances)).toEqual([]);
    }
    if (isWhole(story)) expect(await world.missingInHistory(fromTick, world.now - 1)).toEqual([]);
  } finally {
    await world.close();
  }
}

test("two instances are shown as they were, whatever becomes of their lines, their store and who watches", {
  timeout: 1_000 * lawRuns(60),
}, async () => {
  await fc.assert(fc.asyncProperty(stories, play), { numRuns: lawRuns(60) });
});

test("twin: a batch that never comes to the store is missed in the history of the other", async () => {
  const world = await World.begin();
  await world.level();
  const fromTick = world.now;
  await happen(world, { instance: 0, what: "loses a batch", ticks: 3 });
  await world.level();
  expect(await world.missingInHistory(fromTick, world.now - 1)).toContain(`a: ${fromTick + 1}`);
  await world.close();
});
