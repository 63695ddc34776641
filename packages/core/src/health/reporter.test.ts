import { manualClock } from "@metricast/testkit";
import { describe, expect, it, vi } from "vitest";
import { silentLogger } from "../contracts/logger.js";
import { MetricastError } from "../errors.js";
import { Reporter } from "./reporter.js";
import { Stats } from "./stats.js";

function open(parts: Partial<ConstructorParameters<typeof Reporter>[0]> = {}) {
  const clock = manualClock();
  const stats = new Stats();
  const emit = vi.fn<(severity: string, error: MetricastError) => void>();
  const reporter = new Reporter({ clock, stats, logger: silentLogger, emit, ...parts });
  return { reporter, report: reporter.report, clock, stats, emit };
}

describe("Reporter", () => {
  it("hands an error with code, details and cause to listeners and logger", () => {
    const logger = { ...silentLogger, error: vi.fn(), warn: vi.fn() };
    const { report, emit } = open({ logger });
    const cause = new Error("why");
    report("error", "MC_SOURCE_FAILED", { source: "disk" }, cause);
    const [severity, error] = emit.mock.calls[0] ?? [];
    expect(severity).toBe("error");
    expect(error).toBeInstanceOf(MetricastError);
    expect(error).toMatchObject({ code: "MC_SOURCE_FAILED", details: { source: "disk" }, cause });
    expect(logger.error).toHaveBeenCalledWith(
      { source: "disk", code: "MC_SOURCE_FAILED", err: cause },
      error?.message,
    );
    report("warning", "MC_PUBLIC", {});
    expect(logger.warn).toHaveBeenCalledWith({ code: "MC_PUBLIC" }, expect.stringContaining("MC_PUBLIC"));
  });

  it("says one thing once a minute, and how often it kept quiet", () => {
    const { report, reporter, clock, emit } = open();
    for (let tick = 0; tick < 60; tick += 1) {
      report("error", "MC_SOURCE_FAILED", { source: "disk" });
      clock.advance(1_000);
    }
    expect(emit).toHaveBeenCalledTimes(1);
    report("error", "MC_SOURCE_FAILED", { source: "disk" });
    expect(emit).toHaveBeenCalledTimes(2);
    expect(emit.mock.calls[1]?.[1].details).toEqual({ source: "disk", suppressed: 59 });
    expect(reporter.errors).toBe(61);
    expect(reporter.counts.get("MC_SOURCE_FAILED")).toBe(61);
    expect(reporter.warnings).toBe(0);
  });

  it("keeps codes, sources, channels and keys apart", () => {
    const { report, emit } = open();
    report("error", "MC_SOURCE_FAILED", { source: "a" });
    report("error", "MC_SOURCE_FAILED", { source: "b" });
    report("error", "MC_SOURCE_TIMEOUT", { source: "a" });
    report("warning", "MC_LIMIT_NEAR", { key: "maxClients" });
    report("warning", "MC_LIMIT_NEAR", { key: "maxViews" });
    report("warning", "MC_LIMIT_NEAR", { channel: "metrics" });
    expect(emit).toHaveBeenCalledTimes(6);
  });

  it("survives a logger and a listener that throw, and counts them", () => {
    const thrower = () => {
      throw new Error("host");
    };
    const logger = { debug: thrower, info: thrower, warn: thrower, error: thrower };
    const { report, stats } = open({ logger, emit: thrower });
    expect(() => report("warning", "MC_PUBLIC", {})).not.toThrow();
    expect(stats.listenerFailures).toBe(3);
  });

  it("tells the logger when a listener threw", () => {
    const logger = { ...silentLogger, error: vi.fn() };
    const cause = new Error("listener");
    const { report, stats } = open({
      logger,
      emit: () => {
        throw cause;
      },
    });
    report("warning", "MC_PUBLIC", {});
    expect(stats.listenerFailures).toBe(1);
    expect(logger.error).toHaveBeenCalledWith(
      expect.objectContaining({ code: "MC_LISTENER_FAILED", err: cause }),
      expect.any(String),
    );
  });

  it("a million sources do not make it grow, and a flapping one is not said twice", () => {
    const { report, emit } = open();
    for (let n = 0; n < 5_000; n += 1) report("error", "MC_SOURCE_FAILED", { source: `s${n}` });
    report("error", "MC_SOURCE_FAILED", { source: "s4999" });
    expect(emit).toHaveBeenCalledTimes(5_000);
    // The oldest were forgotten: the price of the bound.
    report("error", "MC_SOURCE_FAILED", { source: "s0" });
    expect(emit).toHaveBeenCalledTimes(5_001);
  });
});
