import { compareArms, intervalMs, metricastOverUws, peerSpec, ratioFigures } from "./fan-out-comparison.js";
import { idleExcess, idleLines, runIdleRounds } from "./idle-rounds.js";
import type { Row } from "./row.js";

const clients = 1_000;
const idleClients = 5_000;
const series = 200;
const options = { series, intervalMs };
/** About a frame of metricast's, in which a tenth of the series changes. */
const messageBytes = 40;

/** What metricast costs on uWS beside uWS alone. */
export const uwsRow: Row = {
  id: "16",
  name: `uWS: as many bytes as plain publish, ${clients} clients x ${series} series; idle memory, ${idleClients} clients`,
  about:
    "Bursts as in row 5, all clients on uWebSockets.js. metricast collects, encodes and sends in binary what changed, one " +
    "`send` for each client; the peer publishes a text of as many bytes to a topic, in C++. Idle memory as in row 11: heap " +
    "is used heap and external memory, RSS has what uWS holds itself as well. The build is an old one, 20.30, the newest " +
    "that loads on Debian 12.",
  async measure(context) {
    const own = metricastOverUws({ clients, options });
    const peer = peerSpec("uws", 0, clients);
    const same = { ...peer, options: { ...peer.options, messageBytes } };
    const comparison = await compareArms(context, [own, same], { rounds: 9, burstMs: 300 });
    const idleSpecs = [metricastOverUws({ clients: idleClients, options }), peerSpec("uws", 0, idleClients)];
    const idle = await runIdleRounds(context, idleSpecs);
    const heap = idleExcess(idle, [own.label, peer.label], ({ heapKib }) => heapKib);
    return {
      figures: [
        ...ratioFigures(comparison, [{ peer: "uws", atLeast: 0.9 }]),
        { name: "heap over bare uWS, KiB", value: heap.median, budget: { atMost: 1, unit: " KiB" } },
      ],
      lines: [
        ...comparison.lines,
        ...idleLines(idle, {
          "heap KiB": ({ heapKib }) => heapKib,
          "RSS KiB": ({ rssKib }) => rssKib,
          "heap KiB, subscribed": ({ subscribedHeapKib }) => subscribedHeapKib,
          "accepts per s": ({ acceptsPerSecond }) => acceptsPerSecond,
        }).map((line) => ({ ...line, name: `idle: ${line.name}` })),
      ],
    };
  },
};
