import { until } from "@metricast/testkit";
import { expect } from "vitest";
import { expectError, expectServed, type InputCase, refusalOf } from "./input-case.js";
import type { InputStage } from "./input-stage.js";

// B34: hooks of the host that misbehave, each in its way.

const failures = (stage: InputStage) => stage.main.told.filter(({ code }) => code === "MC_HOOK_FAILED");

/** The host hears of each kind of failure once a minute. */
async function expectTold(stage: InputStage, hook: string, before: number): Promise<void> {
  await until(() => failures(stage).length > before, 5_000, "MC_HOOK_FAILED");
  expect(failures(stage).at(-1)?.details).toMatchObject({ hook });
}

const opening: readonly InputCase[] = [
  {
    row: "B34",
    when: "authenticate does not answer within 5 s",
    input: "a promise that never settles",
    run: async (stage, answer) => {
      await stage.pass(61);
      const before = failures(stage).length;
      const calls = stage.main.hookCalls.authenticate;
      const refusal = refusalOf(stage.stranger({ headers: [["X-Mood", "hangs"]] }));
      await until(() => stage.main.hookCalls.authenticate > calls);
      await stage.pass(4);
      expect(await Promise.race([refusal, Promise.resolve("open still")])).toBe("open still");
      await stage.pass(1);
      const { status, headers, body } = await refusal;
      expect([status, JSON.parse(body)]).toEqual([answer.http, { code: answer.http, name: "unavailable" }]);
      expect(headers.get("retry-after")).toBe("5");
      await expectTold(stage, "authenticate", before);
    },
  },
  ...["throws", "rejects", "nonsense"].map(
    (mood): InputCase => ({
      row: "B34",
      when: "authenticate throws or answers nonsense",
      input: mood,
      run: async (stage, answer) => {
        await stage.pass(61);
        const before = failures(stage).length;
        for (let round = 0; round < 3; round += 1) {
          const { status } = await refusalOf(stage.stranger({ headers: [["X-Mood", mood]] }));
          expect(status).toBe(answer.http);
        }
        await expectTold(stage, "authenticate", before);
        expect(failures(stage)).toHaveLength(before + 1);
      },
    }),
  ),
];

const watching = ["throws", "rejects", "nonsense", "hangs"].map(
  (mood): InputCase => ({
    row: "B34",
    when: "authorize throws, hangs or answers nonsense",
    input: mood,
    run: async (stage, answer) => {
      await stage.pass(61);
      const before = failures(stage).length;
      const client = await stage.connect();
      client.send({ type: "subscribe", id: 6, items: [{ channel: "metrics" }, { channel: mood }] });
      if (mood === "hangs") {
        await expectServed(client);
        await stage.pass(4);
        expect(client.of("error")).toEqual([]);
        await stage.pass(1);
      }
      await expectError(client, answer, { id: 6, item: 1 });
      await expectTold(stage, "authorize", before);
      expect((await client.watch()).subscribed.channel).toBe("metrics");
    },
  }),
);

export const hookCases: readonly InputCase[] = [...opening, ...watching];
