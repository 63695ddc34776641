import { BitReader, BitWriter } from "@metricast/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readStates, writeStates } from "./row-states.js";

it("gives the states back, and reads no bit more", () => {
  const run = fc.record({ state: fc.integer({ min: 0, max: 2 }), length: fc.integer({ min: 1, max: 130 }) });
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 20 }), (runs) => {
      const states = Uint8Array.from(runs.flatMap(({ state, length }) => Array(length).fill(state)));
      const out = new BitWriter();
      writeStates(out, states, states.length);
      const input = new BitReader(out.toBytes());
      const into = new Uint8Array(states.length).fill(7);
      readStates(input, into, states.length);
      expect([...into]).toEqual([...states]);
      expect(input.at).toBe(out.bitLength);
    }),
  );
});

it("takes one bit for a series that is always live", () => {
  const out = new BitWriter();
  writeStates(out, new Uint8Array(120).fill(1), 120);
  expect(out.bitLength).toBe(1);
});
