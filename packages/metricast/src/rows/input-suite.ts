import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { InputCase } from "./input-case.js";
import type { InputDoor } from "./input-door.js";
import { InputStage } from "./input-stage.js";
import { answerTo, inputRows } from "./row-answers.js";

/**
 * Bad input, sent through a door to a real server over real sockets. What is answered is looked up in
 * docs/reliability-rows.json; after each case another client is served as if nothing had happened.
 */
export function inputSuite(door: InputDoor, cases: readonly InputCase[]): void {
  const rows = inputRows();
  let stage: InputStage;

  describe(`through ${door.name}`, () => {
    beforeAll(async () => {
      stage = await InputStage.start(door);
    });
    afterAll(() => stage.close());

    describe("each", () => {
      afterEach(() => stage.endCase());

      test.each(cases.map((given) => [titleOf(given), given] as const))(
        "%s",
        async (_, { row, when, run }) => {
          await run(stage, answerTo(rows, row, when));
        },
      );
    });

    describe("after all of them", () => {
      test("no token is in a log", () => {
        expect(stage.tokens.length).toBeGreaterThan(0);
        const log = stage.main.logged.join("\n");
        for (const token of stage.tokens) expect(log).not.toContain(token);
      });

      test("sessions, views, timers, descriptors and listeners are what they were", async () => {
        await stage.expectNothingLeft();
      });
    });
  });
}

export function titleOf({ row, when, input }: InputCase): string {
  return when === undefined ? `${row} ${input}` : `${row} (${when}) ${input}`;
}
