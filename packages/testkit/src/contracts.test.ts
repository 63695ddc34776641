import type { Source } from "@metricast/core";
import { codecContract } from "./codec-contract.js";
import { sourceContract } from "./source-contract.js";

// The contracts held to the simplest thing that fulfils them; packages hold them to what they ship.

codecContract("JSON with words", {
  encode: (rows) =>
    JSON.stringify(rows.map((row) => row.map((cell) => (Object.is(cell, -0) ? "-0" : String(cell))))),
  decode(text) {
    const rows: readonly (readonly string[])[] = JSON.parse(text);
    return rows.map((row) =>
      row.map((word) => (word === "absent" || word === "stale" ? word : Number(word))),
    );
  },
});

sourceContract("a plain object", () => ({ name: "plain", read: () => ({ requests: 1, "queue.length": 0 }) }));

sourceContract("rich samples, in their own time", () => countingSource(), {
  stalled: async () => ({ source: countingSource(1e9), dispose: async () => {} }),
});

function countingSource(afterMs = 1): Source {
  let count = 0;
  return {
    name: "counting",
    async *read({ signal }) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, afterMs);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
      count += 1;
      yield { name: "reads_total", value: count, kind: "counter", labels: { of: "this" } };
      yield { name: "seconds", value: { bounds: [1, 2], counts: [count, 0, 0], sum: count, count } };
    },
  };
}
