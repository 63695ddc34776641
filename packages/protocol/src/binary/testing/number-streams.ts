/** 0 inclusive to 1 exclusive. */
export type Chance = () => number;

/** Small and the same on every machine, so that a failing row is found again. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const specials = [
  Number.NaN,
  Infinity,
  -Infinity,
  -0,
  0,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2 ** -1022,
  1e308,
];

/** Series as they come, and as nobody would have them: every kind of number that a format may stumble over. */
const streams: Readonly<Record<string, (chance: Chance) => () => number>> = {
  counter: (chance) =>
    counting(
      () => Math.floor(chance() * 9),
      () => false,
    ),
  "counter with resets": (chance) =>
    counting(
      () => Math.floor(chance() * 90_000),
      () => chance() < 0.05,
    ),
  "counter of seconds": (chance) => {
    const hundredths = counting(
      () => Math.floor(chance() * 1_000),
      () => false,
    );
    return () => hundredths() / 100;
  },
  "sum that drifts": (chance) =>
    counting(
      () => Math.round(chance() * 1e6) / 1e6,
      () => chance() < 0.01,
    ),
  "sum of full precision": (chance) => counting(chance, () => false),
  gauge: (chance) => () => Math.floor(chance() * 200) - 100,
  percentage: (chance) => () => Math.round(chance() * 1e4) / 100,
  kibibytes: (chance) => () => Math.floor(chance() * 1e6) * 1_024,
  pages: (chance) => () => Math.floor(chance() * 1e6) * 4_096 + (chance() < 0.1 ? 1_024 : 0),
  "scales in turn": (chance) => {
    const turns = [5, 0.125, 4_096_000, 1e12 + 0.25, 1e-9, 123_456.789, 1 / 3, 16_384];
    return () => (turns[Math.floor(chance() * turns.length)] ?? 0) * (1 + Math.floor(chance() * 3));
  },
  "long decimals": (chance) => () => Math.round(chance() * 10 ** Math.floor(chance() * 16)) / 1e15,
  "full precision": (chance) => () => chance() * 1e3 - 500,
  "any bits": (chance) => () => fromBits(chance() * 2 ** 32, chance() * 2 ** 32),
  subnormals: (chance) => () => fromBits(chance() < 0.5 ? 2 ** 31 : 0, chance() * 2 ** 32),
  "around 2^53": (chance) => () =>
    (2 ** (49 + Math.floor(chance() * 6)) + Math.floor(chance() * 5) - 2) * sign(chance),
  "largest numbers": (chance) => () => chance() * Number.MAX_VALUE * sign(chance),
  specials: (chance) => () => specials[Math.floor(chance() * specials.length)] ?? 0,
  "counter with specials": (chance) => {
    const count = counting(
      () => 1,
      () => false,
    );
    let value = 0;
    return () => {
      if (chance() < 0.2) return specials[Math.floor(chance() * specials.length)] ?? 0;
      value = chance() < 0.5 ? value : count();
      return value;
    };
  },
  magnitudes: (chance) => () => 10 ** Math.floor(chance() * 40 - 20) * sign(chance),
  "steps of one unit in the last place": (chance) => {
    let value = 1 + chance();
    return () => {
      value += Math.floor(chance() * 5 - 2) * Number.EPSILON;
      return value;
    };
  },
  "rarely another": (chance) => {
    let value = 0.5;
    return () => {
      if (chance() < 0.02) value = Math.round(chance() * 1e4) / 1e3;
      return value;
    };
  },
};

export const streamNames = Object.keys(streams);

/** The numbers of one series, one after the other. */
export function streamOf(name: string, chance: Chance): () => number {
  const stream = streams[name];
  if (!stream) throw new Error(`no stream ${name}`);
  return stream(chance);
}

function counting(step: () => number, isReset: () => boolean): () => number {
  let value = 0;
  return () => {
    value = isReset() ? 0 : value + step();
    return value;
  };
}

function sign(chance: Chance): number {
  return chance() < 0.5 ? -1 : 1;
}

function fromBits(high: number, low: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}
