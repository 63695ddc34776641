import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inputCases } from "./input-cases.js";
import { InputStage } from "./input-stage.js";
import { answerTo, inputRows } from "./row-answers.js";

// Bad input, sent to a real server over real sockets. What is sent is here, what is answered is looked up in
// docs/reliability-rows.json; after each case another client is served as if nothing had happened.

const rows = inputRows();
const cases = inputCases.map((given) => [titleOf(given), given] as const);
let stage: InputStage;

beforeAll(async () => {
  stage = await InputStage.start();
});
afterAll(() => stage.close());

describe("each", () => {
  afterEach(() => stage.endCase());

  test.each(cases)("%s", async (_, { row, when, run }) => {
    await run(stage, answerTo(rows, row, when));
  });
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

function titleOf({ row, when, input }: (typeof inputCases)[number]): string {
  return when === undefined ? `${row} ${input}` : `${row} (${when}) ${input}`;
}
