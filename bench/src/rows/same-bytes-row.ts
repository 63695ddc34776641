import { compareArms, intervalMs, metricastSpec, peerSpec, ratioFigures } from "./fan-out-comparison.js";
import type { Row } from "./row.js";

const clients = 1_000;
const peers = ["c-write", "socket.io", "ws-once", "ws-frame", "uws"] as const;
const own = { protocol: "metricast.v1.json", clients } as const;
/** All series change with every tick. */
const all = { series: 200, share: 1, intervalMs };
/** As many as take the bytes of a peer's snapshot of 200. */
const manyBytes = { series: 2_230, share: 1, intervalMs };
/** Series of a peer's snapshot with about the bytes of metricast's frame of 200. */
const peerSeries = 14;

/** What sending costs, the bytes being equal. */
export const sameBytesRow: Row = {
  id: "7",
  name: `JSON mode, as many bytes as the peers, ${clients} clients x 200 series`,
  about:
    "As row 5, but all 200 series change with every tick, and the peers send a snapshot of about as many bytes as " +
    "metricast's frame has: what is compared is sending. Encoding is part of metricast's CPU. The lines of `20 KB` are the " +
    `other way round: the peers send 200 series, metricast ${manyBytes.series} that all change. Frames of that size are ` +
    "confirmed by a ping every third tick.",
  async measure(context) {
    const small = await compareArms(
      context,
      [metricastSpec({ ...own, options: all }), ...peers.map((arm) => peerSpec(arm, peerSeries, clients))],
      { rounds: 9, burstMs: 300 },
    );
    const large = await compareArms(
      context,
      [metricastSpec({ ...own, options: manyBytes }), ...peers.map((arm) => peerSpec(arm, 200, clients))],
      { rounds: 7, burstMs: 200 },
    );
    return {
      figures: ratioFigures(small, [
        { peer: "c-write", atLeast: 0.65 },
        { peer: "socket.io", atLeast: 1.5 },
        { peer: "ws-once", atLeast: 1.6 },
      ]),
      lines: [...small.lines, ...large.lines.map((line) => ({ ...line, name: `20 KB: ${line.name}` }))],
    };
  },
};
