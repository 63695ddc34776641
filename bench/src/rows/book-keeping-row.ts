import { runScript } from "../drive/script.js";
import { medianOf, spreadOf } from "../drive/statistics.js";
import { fastest } from "./fan-out-comparison.js";
import type { Row } from "./row.js";

const sessions = 5_000;
const ticks = 200;

export const bookKeepingRow: Row = {
  id: "13",
  name: `Book-keeping per session and tick, no I/O, ${sessions} sessions`,
  about:
    "Sessions in memory whose connections take everything and do nothing. CPU from a tick to the last session's packet, " +
    "less the same with one session; the lower quartile over ticks. Every session must have had every message. Pings are " +
    "answered outside of the time taken.",
  async measure({ tools, rounds = 5, say }) {
    say(`${sessions} sessions in memory`);
    const args = [sessions, ticks, rounds].map(String);
    const { perSession, alone } = await runScript(tools, "in-process/book-keeping.ts", {
      args: [...args, fastest],
    });
    const own = numbers(perSession);
    return {
      figures: [
        { name: "ns per session and tick", value: medianOf(own), budget: { atMost: 100, unit: " ns" } },
      ],
      lines: [
        {
          name: `metricast (${fastest})`,
          figures: {
            "ns per session and tick": spreadOf(own),
            "us of a tick with one session": spreadOf(numbers(alone).map((ns) => ns / 1_000)),
          },
        },
      ],
    };
  },
};

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
