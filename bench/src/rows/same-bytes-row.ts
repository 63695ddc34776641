import { compareArms, intervalMs, metricastSpec, peerSpec, ratioFigures } from "./fan-out-comparison.js";
import type { Row } from "./row.js";

const clients = 1_000;
const peers = ["c-write", "socket.io", "ws-once", "ws-frame", "uws"] as const;
/** All of so many series change: about the bytes of a peer's snapshot of 200. */
const asManyBytes = { series: 2_230, share: 1, intervalMs };

/** What sending costs, the bytes being equal. */
export const sameBytesRow: Row = {
  id: "7",
  name: `JSON mode, as many bytes as the peers, ${clients} clients x 200 series`,
  about:
    "As row 5, but metricast's frames are made as large as the peers' snapshots of 200 series, by letting all of " +
    `${asManyBytes.series} series change: what is compared is sending. Encoding these is part of metricast's CPU. ` +
    "Rates are per second of server CPU; those of the wall clock are in the table. The lines of `few bytes` are the " +
    "other way round: the peers send about as few bytes as metricast's frame of 200 series has.",
  async measure(context) {
    const large = await compareArms(
      context,
      [
        metricastSpec({ clients, options: asManyBytes, protocol: "metricast.v1.json" }),
        ...peers.map((arm) => peerSpec(arm, 200, clients)),
      ],
      { rounds: 9, burstMs: 300 },
    );
    const small = await compareArms(
      context,
      [
        metricastSpec({ clients, options: { series: 200, intervalMs }, protocol: "metricast.v1.json" }),
        ...peers.map((arm) => peerSpec(arm, 3, clients)),
      ],
      { rounds: 7, burstMs: 200 },
    );
    return {
      figures: ratioFigures(large, [
        { peer: "c-write", atLeast: 0.65 },
        { peer: "socket.io", atLeast: 1.5 },
        { peer: "ws-once", atLeast: 1.6 },
      ]),
      lines: [...large.lines, ...small.lines.map((line) => ({ ...line, name: `few bytes: ${line.name}` }))],
    };
  },
};
