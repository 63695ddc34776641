import type { Logger } from "./contracts/logger.js";
import { guardedClock } from "./guarded-clock.js";
import { Cost } from "./health/cost.js";
import { DeliveryTimes } from "./health/delivery-times.js";
import { OwnCost } from "./health/own-cost.js";
import { Reporter } from "./health/reporter.js";
import { Stats } from "./health/stats.js";
import type { HostEvents } from "./host-events.js";
import { Pressure } from "./pressure/pressure.js";
import type { ResolvedOptions } from "./resolve-options.js";
import { SafeEmitter } from "./safe-emitter.js";
import { safeLogger } from "./safe-logger.js";
import { SteadyTime } from "./steady-time.js";

/** What every part of one metricast needs: options, time, counters, and a way to tell the host. */
export interface Services {
  readonly options: ResolvedOptions;
  /** 16 hex digits drawn at the start: this writer's. */
  readonly epoch: string;
  readonly time: SteadyTime;
  readonly stats: Stats;
  readonly logger: Logger;
  readonly cost: Cost;
  readonly ownCost: OwnCost;
  readonly pressure: Pressure;
  readonly deliveryTimes: DeliveryTimes;
  readonly reporter: Reporter;
  readonly emitter: SafeEmitter<HostEvents>;
}

/** A smaller step of the wall clock than this is slewed. */
const leastStepMs = 1_000;

export function createServices(given: ResolvedOptions): Services {
  const cost = new Cost(given.clock);
  const clock = guardedClock(given.clock, cost, (cause) =>
    reporter.report("error", "MC_INTERNAL", { key: "timer" }, cause),
  );
  const options: ResolvedOptions = { ...given, clock };
  const { random } = options;
  const stats = new Stats();
  const logger = safeLogger(options.logger, () => stats.listenerFailures++);
  const emitter: SafeEmitter<HostEvents> = new SafeEmitter((event, cause) => {
    stats.listenerFailures++;
    // A listener of these may be the one that threw: telling them again could go on for ever.
    if (event !== "error" && event !== "warning")
      reporter.report("error", "MC_LISTENER_FAILED", { key: event }, cause);
  });
  const reporter = new Reporter({
    clock,
    logger,
    stats,
    emit: (severity, error) => emitter.emit(severity, error),
  });
  const time = new SteadyTime(clock, Math.max(leastStepMs, options.intervalMs));
  time.onStep((deltaMs) => reporter.report("warning", "MC_CLOCK_STEP", { deltaMs: Math.round(deltaMs) }));
  const epoch = Buffer.from(random.bytes(8)).toString("hex");
  return {
    options,
    epoch,
    time,
    stats,
    logger,
    cost,
    ownCost: new OwnCost({ clock, cost, stats }),
    pressure: new Pressure({ clock, options, report: reporter.report }),
    deliveryTimes: new DeliveryTimes(),
    reporter,
    emitter,
  };
}
