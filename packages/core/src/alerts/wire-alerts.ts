import { eventsChannel } from "../channels/pick-channel.js";
import type { Collection } from "../collection.js";
import { MetricastError } from "../errors.js";
import { Limits, limitOf, limitRule } from "../health/limits.js";
import type { Report } from "../health/reporter.js";
import { watchLimits } from "../health/watched-limits.js";
import type { Services } from "../services.js";
import type { Serving } from "../serving.js";
import { Alerts } from "./alerts.js";
import { compileRules } from "./compile-rules.js";
import type { AlertOptions } from "./rule.js";
import { Webhook } from "./webhook.js";

const alertsChannel = "alerts";

export interface WiredAlerts {
  readonly alerts: Alerts;
  /** What comes near is an alert, too. */
  readonly limits: Limits;
}

/** Makes the alerts of the options, and what they are told to. Throws MC_ALERT_INVALID, MC_OPTION_UNKNOWN. */
export function wireAlerts(services: Services, collection: Collection, serving: Serving): WiredAlerts {
  const { options, emitter, reporter, stats } = services;
  const { clock, random, channels, instance, maxAlertRules, maxActiveAlerts } = options;
  const { report } = reporter;
  const { rules = [], webhook: posted } = checked(options.given.alerts ?? {});
  const webhook = posted && new Webhook({ options: posted, clock, random, report, stats });
  const limits = new Limits((name) => alerts.active.some((alert) => limitOf(alert, instance) === name));
  watchLimits(limits, options, collection, serving);
  const publish = (type: string, data: unknown) => {
    collection.addEvent(type, data, alertsChannel);
    serving.deliverEvents();
  };
  const alerts = new Alerts({
    rules: [
      ...compileRules([limitRule], channels, 1),
      ...compileRules(rules, channels, maxAlertRules, [limitRule.name]),
    ],
    instance,
    maxActive: maxActiveAlerts,
    intervalOf: (channel) => channels.get(channel)?.intervalMs ?? options.intervalMs,
    log: eventsChannel(collection.channels, alertsChannel).log,
    publish,
    isFirst: () => collection.cluster?.isFirst ?? true,
    // While the store is away nobody can know it.
    knowsPast: () => collection.exchange?.isWarm !== false || collection.storeStatus()?.status !== "ok",
    isShared: options.given.store?.reach === "cluster",
    isLive: (name) => collection.cluster?.isLive(name) ?? false,
    onAlert: (alert) => {
      emitter.emit("alert", alert);
      webhook?.post(alert);
      if (alert.state === "firing") warnOfLimit(limitOf(alert, instance), limits, report);
    },
    report,
    stats,
  });
  emitter.on("warning", ({ code, details }) => {
    if (code === "MC_SHED") publish("shed", details);
  });
  emitter.on("closed", () => webhook?.stop());
  return { alerts, limits };
}

function warnOfLimit(near: string | undefined, limits: Limits, report: Report): void {
  const state = limits.list().find(({ name }) => name === near);
  if (state === undefined) return;
  const { name, used, limit } = state;
  report("warning", "MC_LIMIT_NEAR", { key: name, limit: name, used, bound: limit });
}

function checked(options: AlertOptions): AlertOptions {
  const unknown = Object.keys(options).find((name) => name !== "rules" && name !== "webhook");
  if (unknown === undefined) return options;
  throw new MetricastError("MC_OPTION_UNKNOWN", `there is no option "alerts.${unknown}"`, {
    option: unknown,
  });
}
