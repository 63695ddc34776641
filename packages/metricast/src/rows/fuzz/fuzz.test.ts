import { describe, test, vi } from "vitest";
import { bearClient } from "./client-fuzz.js";
import { attempts, FuzzedService } from "./fuzz.js";

const seed = 1;
vi.setConfig({ testTimeout: 300_000 });

// 20,000 in all; a machine that also does other work finds what hangs, so a turn may compute five times as long.
describe("whatever is sent", () => {
  test.for<[string, number]>([
    ["frames", 4_000],
    ["messages", 8_000],
    ["handshakes", 3_000],
    ["HTTP requests", 3_000],
  ])(
    "as %s: the service lives, keeps its memory and answers by the table",
    async ([kind, inputs], { task }) => {
      const attempt = attempts.get(kind);
      if (attempt === undefined) throw new Error(`nothing sends ${kind}`);
      const service = await FuzzedService.start();
      await service.bear(task, attempt, { seed, inputs, longestTurnMs: 500 });
    },
  );

  test.for(["json", "binary"] as const)(
    "B47: by a server in %s: nothing comes out of the client library, and it keeps its memory",
    (codec, { task }) => bearClient(task, codec, { seed, inputs: 1_000 }),
  );
});
