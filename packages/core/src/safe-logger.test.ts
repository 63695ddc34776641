import { expect, test } from "vitest";
import type { Logger } from "./contracts/logger.js";
import { safeLogger } from "./safe-logger.js";

const levels = ["debug", "info", "warn", "error"] as const;

test.each(levels)("%s reaches the host's logger, as its own method, fields first", (level) => {
  class HostLogger {
    readonly lines: unknown[] = [];
    debug = (...line: unknown[]) => this.lines.push(["debug", ...line]);
    info = (...line: unknown[]) => this.lines.push(["info", ...line]);
    warn(...line: unknown[]) {
      this.lines.push(["warn", ...line]);
    }
    error(...line: unknown[]) {
      this.lines.push(["error", ...line]);
    }
  }
  const host = new HostLogger();
  let faults = 0;
  safeLogger(host, () => faults++)[level]({ code: "MC_PUBLIC" }, "said");
  expect([host.lines, faults]).toEqual([[[level, { code: "MC_PUBLIC" }, "said"]], 0]);
});

test.each(levels)("%s that throws, or is not there, hurts nobody and is counted", (level) => {
  const fail = () => {
    throw new Error("disk full");
  };
  const broken: Logger = { debug: fail, info: fail, warn: fail, error: fail };
  let faults = 0;
  safeLogger(broken, () => faults++)[level]({}, "said");
  // A host without types.
  safeLogger(JSON.parse("{}"), () => faults++)[level]({}, "said");
  expect(faults).toBe(2);
});
