import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Ledger } from "./ledger.js";

function judged(sent: number, got: readonly (number | "gap")[]) {
  const ledger = new Ledger();
  const reader = ledger.reader("one");
  for (let n = 0; n < sent; n += 1) ledger.next();
  for (const item of got) {
    if (item === "gap") reader.discontinuity();
    else reader.got(item);
  }
  return ledger.verdict();
}

const clean = { lost: 0, duplicated: 0, reordered: 0, falseContinuity: 0 };

describe("ledger", () => {
  test.each([
    ["everything in order", [1, 2, 3, 4], { ...clean, received: 4 }],
    ["the last one missing", [1, 2, 3], { ...clean, received: 3, lost: 1 }],
    ["one missing, unsaid", [1, 3, 4], { ...clean, received: 3, lost: 1, falseContinuity: 1 }],
    ["one missing, declared", [1, "gap", 3, 4], { ...clean, received: 3 }],
    ["one twice", [1, 2, 2, 3, 4], { ...clean, received: 4, duplicated: 1 }],
    ["two swapped", [1, 3, 2, 4], { ...clean, received: 4, reordered: 1, falseContinuity: 1 }],
    ["declared, then filled in", [1, "gap", 4, 2, 3], { ...clean, received: 4, reordered: 2 }],
    [
      "a declaration does not cover a later jump",
      [1, "gap", 2, 4],
      { ...clean, received: 3, lost: 1, falseContinuity: 1 },
    ],
  ] as const)("%s", (_, got, verdict) => expect(judged(4, got)).toEqual(verdict));

  test("a reader owes nothing from before it came", () => {
    const ledger = new Ledger();
    ledger.next();
    const late = ledger.reader("late");
    late.got(ledger.next());
    expect(ledger.verdict()).toEqual({ ...clean, received: 1 });
    expect(ledger.reader("late")).toBe(late);
  });

  test("whatever is left out is lost or declared, never neither", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("get", "drop", "declare"), { maxLength: 60 }), (steps) => {
        const got: (number | "gap")[] = [];
        let declared = 0;
        let pending = 0;
        let open = false;
        for (const [at, step] of steps.entries()) {
          if (step === "get") {
            got.push(at + 1);
            if (open) declared += pending;
            open = false;
            pending = 0;
          } else {
            pending += 1;
            if (step === "declare") {
              got.push("gap");
              open = true;
            }
          }
        }
        const verdict = judged(steps.length, got);
        expect(verdict.received + verdict.lost + declared).toBe(steps.length);
        expect(verdict.duplicated + verdict.reordered).toBe(0);
      }),
    );
  });
});
