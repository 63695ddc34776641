import { describe, test } from "vitest";
import { bearClient } from "./client-fuzz.js";
import { attempts, FuzzedService } from "./fuzz.js";

const seed = 20_261_128;

// 200,000 in all, 20,000 of them to the client library; the decoder of bits has as many of its own (tools/reliability/laws.long.test.ts).
describe("whatever is sent", () => {
  test.for<[string, number]>([
    ["frames", 40_000],
    ["messages", 80_000],
    ["handshakes", 30_000],
    ["HTTP requests", 30_000],
  ])(
    "as %s: the service lives, keeps its memory and answers by the table",
    async ([kind, inputs], { task }) => {
      const attempt = attempts.get(kind);
      if (attempt === undefined) throw new Error(`nothing sends ${kind}`);
      const service = await FuzzedService.start();
      await service.bear(task, attempt, { seed, inputs, longestTurnMs: 100 });
    },
  );

  test.for(["json", "binary"] as const)(
    "B47: by a server in %s: nothing comes out of the client library, and it keeps its memory",
    (codec, { task }) => bearClient(task, codec, { seed, inputs: 10_000 }),
  );
});
