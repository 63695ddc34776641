import { until } from "@metricast/testkit";
import { expect } from "vitest";
import { type InputCase, sends } from "./input-case.js";
import type { RowAnswer } from "./row-answers.js";

// B30: positions that nobody gave out, and times that are none.

const subscribe = (item: object) => ({ type: "subscribe", id: 6, items: [item] });
const first = { id: 6, item: 0 };

const malformed = { row: "B30", when: "position is no string or over 1,024 characters" };
const noTime = { row: "B30", when: "sinceMs is no whole number from 0 to 2^53-1" };

/** Subscribes with a position bent from a good one; the answer is a reset, and a keyframe after it. */
function bent(when: string, input: string, bend: (position: string) => string): InputCase {
  return {
    row: "B30",
    when,
    input,
    run: async (stage, answer) => {
      const { position } = await (await stage.connect()).watch();
      for (const name of ["metrics", "audit"]) {
        const view = await (await stage.connect()).watch({ channel: name, position: bend(position) });
        expect(view.subscribed.resume).toEqual(resetOf(answer));
        if (name === "audit") continue;
        await until(() => view.frames.length > 0);
        expect(view.frames[0]?.prev).toBeUndefined();
        expect(view.faults).toEqual([]);
      }
    },
  };
}

const resetOf = ({ outcome, reason }: RowAnswer) => ({ outcome, reason });

export const positionCases: readonly InputCase[] = [
  ...[7, null, ["v1"], {}].map((position) =>
    sends(
      { ...malformed, input: `position ${JSON.stringify(position)}` },
      subscribe({ channel: "metrics", position }),
      first,
    ),
  ),
  sends(
    { ...malformed, input: "1,025 characters" },
    subscribe({ channel: "metrics", position: "x".repeat(1_025) }),
    first,
  ),
  ...["-1", "1.5", "9007199254740992", "1e400", '"60000"', "null"].map((sinceMs) =>
    sends(
      { ...noTime, input: `sinceMs ${sinceMs}` },
      `{"type":"subscribe","id":6,"items":[{"channel":"metrics","sinceMs":${sinceMs}}]}`,
      first,
    ),
  ),
  ...["", "somewhere", "v1", "v1..5", "__proto__", "x".repeat(1_024)].map((text) =>
    bent("a text this server never gave out", JSON.stringify(text).slice(0, 30), () => text),
  ),
  bent("a text this server never gave out", "of another version", (text) => text.replace("v1", "v2")),
  bent("a text this server never gave out", "with a fraction", (text) => `${text}.5`),
  bent("a text this server never gave out", "with a sign", (text) => text.replace(/(\d+)$/, "-$1")),
  bent("a text this server never gave out", "with a zero in front", (text) => text.replace(/(\d+)$/, "0$1")),
  bent("of another lineage", "another epoch", (text) => text.replace(/[0-9a-f]{16}/, "0123456789abcdef")),
  bent("of another lineage", "a shorter one", (text) => text.replace(/[0-9a-f]{16}/, "x")),
  bent("a tick that is not there yet", "a thousand years on", (text) => text.replace(/\d+$/, "99999999999")),
  bent("a tick that is not there yet", "2^53-1", (text) => text.replace(/\d+$/, "9007199254740991")),
];
