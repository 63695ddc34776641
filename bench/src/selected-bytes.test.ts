import { describe, expect, test } from "vitest";
import { choices, loadExpressTrace, measureSelectedBytes } from "./selected-bytes.js";

const trace = loadExpressTrace();

describe("a session that watches 10 of 200 series for 600 ticks", () => {
  test.each([...choices(trace, 3)])(
    "gets exact values for at most 5 % of full snapshots: %s",
    async (_, chosen) => {
      const { ticks, ratio, compared, wrong } = await measureSelectedBytes(trace, chosen);
      expect(wrong).toEqual([]);
      expect([ticks, compared]).toEqual([600, 6_000]);
      expect(ratio).toBeLessThanOrEqual(0.05);
    },
  );
});
