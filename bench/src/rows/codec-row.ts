import { runScript } from "../drive/script.js";
import { geometricMean, pairedRatio, spreadOf } from "../drive/statistics.js";
import type { CodecCpu } from "../in-process/codec-cpu.js";
import type { Row } from "./row.js";

export const codecRow: Row = {
  id: "4",
  name: "CPU to encode and decode a tick, binary, against JSON of the full snapshot",
  about:
    "The codec alone, over each recorded trace: encoding takes the changed series and their values and gives the frame " +
    "of a view of everything; decoding gives the message that the JSON mode has. JSON.stringify and JSON.parse of the " +
    "snapshot by name in the same loop, each tick one after the other. What is encoded was written just before: values " +
    "into the columns, as a collector does, and into the snapshot. Medians over the ticks of a pass; ratios inside a " +
    "pass. What was decoded is compared with the trace in every tick.",
  async measure({ tools, rounds = 5, say }) {
    say("encoding and decoding traces");
    const answer = await runScript(tools, "in-process/codec-cpu.ts", { args: [String(rounds)] });
    // It is our own script that says so.
    const results = answer.results as readonly CodecCpu[];
    const encode = ({ encode: own, stringify }: CodecCpu) => pairedRatio(own, stringify);
    const decode = ({ decode: own, parse }: CodecCpu) => pairedRatio(own, parse);
    return {
      figures: [
        {
          name: "encode vs JSON.stringify, mean",
          value: geometricMean(results.map((one) => encode(one).median)),
          budget: { atMost: 0.15, unit: "x" },
        },
        {
          name: "decode vs JSON.parse, mean",
          value: geometricMean(results.map((one) => decode(one).median)),
          budget: { atMost: 0.05, unit: "x" },
        },
      ],
      lines: results.map((one) => ({
        name: one.trace,
        figures: {
          "encode us": spreadOf(one.encode),
          "JSON.stringify us": spreadOf(one.stringify),
          "encode vs it": encode(one),
          "decode us": spreadOf(one.decode),
          "JSON.parse us": spreadOf(one.parse),
          "decode vs it": decode(one),
        },
      })),
    };
  },
};
