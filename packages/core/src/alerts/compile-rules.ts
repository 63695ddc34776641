import type { SeriesInfo } from "@metricast/protocol";
import { MetricastError } from "../errors.js";
import { isMetricName } from "../feed/name-rules.js";
import type { ResolvedChannel } from "../resolve-options.js";
import { compileSelect, type Select } from "../views/select.js";
import { type Severity, severities } from "./alert.js";
import { ChangeMeter, type Meter, PresenceMeter, QuantileMeter, RateMeter, ValueMeter } from "./meter.js";
import type { AlertRule } from "./rule.js";
import type { Threshold } from "./threshold.js";

/** A rule with every default filled in. */
export interface CompiledRule {
  readonly name: string;
  readonly select: Select;
  readonly channel: string;
  readonly merge: "cluster" | "instance";
  readonly threshold: Threshold;
  /** Whether one alert is of all series that it selects. */
  readonly isOfAll: boolean;
  /** Of what the series is; where the alert is of all, of nothing. */
  readonly newMeter: (info?: SeriesInfo) => Meter;
  readonly forMs: number;
  readonly clearForMs: number;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string | undefined;
}

const ruleFields: ReadonlySet<string> = new Set<keyof AlertRule>([
  "name",
  "select",
  "channel",
  "merge",
  "above",
  "below",
  "changes",
  "absent",
  "of",
  "quantile",
  "windowMs",
  "forMs",
  "clearForMs",
  "clearBelow",
  "clearAbove",
  "severity",
  "labels",
  "summary",
]);
const conditions = ["above", "below", "changes", "absent"] as const;
const defaultWindowMs = 60_000;
const longestMs = 31 * 86_400_000;
const mostLabels = 32;
const longestText = 1_000;

/** Throws MC_ALERT_INVALID, naming the rule and what of it makes no sense. */
export function compileRules(
  rules: readonly AlertRule[],
  channels: ReadonlyMap<string, ResolvedChannel>,
  maxRules: number,
  taken: readonly string[] = [],
): CompiledRule[] {
  if (!Array.isArray(rules)) throw invalid("rules", "is no list");
  if (rules.length > maxRules) throw invalid("rules", `are ${rules.length}; maxAlertRules is ${maxRules}`);
  const names = new Set(taken);
  return rules.map((rule, at) => {
    const compiled = compileRule(rule, `rules[${at}]`, channels);
    if (names.has(compiled.name)) throw invalid(compiled.name, "is the name of another rule, too");
    names.add(compiled.name);
    return compiled;
  });
}

function compileRule(
  rule: AlertRule,
  place: string,
  channels: ReadonlyMap<string, ResolvedChannel>,
): CompiledRule {
  if (typeof rule !== "object" || rule === null) throw invalid(place, "is no rule");
  const { name, channel = "metrics", severity = "warning", labels = {}, summary } = rule;
  if (!isMetricName(name)) throw invalid(place, "needs a name of letters, digits and _ : . -");
  const unknown = Object.keys(rule).find((field) => !ruleFields.has(field));
  if (unknown !== undefined) throw invalid(name, `has "${unknown}", which rules have not`);
  const resolved = channels.get(channel);
  if (resolved?.kind !== "metrics")
    throw invalid(name, `watches "${channel}", which is no channel of metrics`);
  if (!severities.includes(severity)) throw invalid(name, `needs a severity of ${severities.join(", ")}`);
  if (!isLabels(labels)) throw invalid(name, `needs labels that are texts, at most ${mostLabels}`);
  if (summary !== undefined && !isText(summary)) throw invalid(name, "has a summary that is no short text");
  return {
    name,
    channel,
    select: selectOf(rule),
    merge: mergeOf(rule, resolved),
    ...conditionOf(rule),
    forMs: duration(rule, "forMs", 0),
    clearForMs: duration(rule, "clearForMs", 0),
    severity,
    labels: { ...labels },
    summary,
  };
}

function selectOf({ name, select }: AlertRule): Select {
  const patterns = [select].flat();
  if (patterns.length === 0 || !patterns.every((one) => typeof one === "string"))
    throw invalid(name, "needs select, a pattern of series or several");
  try {
    return compileSelect(patterns);
  } catch (cause) {
    throw invalid(name, `selects what is no pattern: ${cause instanceof Error ? cause.message : ""}`, cause);
  }
}

/** Of a channel that is not always followed only the own part would be seen: each instance would tell something else. */
function mergeOf({ name, merge }: AlertRule, { follow }: ResolvedChannel): "cluster" | "instance" {
  const fallback = follow === "always" ? "cluster" : "instance";
  if (merge === undefined || merge === "instance" || merge === fallback) return merge ?? fallback;
  throw invalid(
    name,
    merge === "cluster" ? 'is of all, but its channel is followed only while "watched"' : "merge",
  );
}

function conditionOf(rule: AlertRule): Pick<CompiledRule, "threshold" | "isOfAll" | "newMeter"> {
  const { name, above, below, changes, absent, clearAbove, clearBelow, quantile } = rule;
  if (conditions.filter((one) => rule[one] !== undefined).length !== 1)
    throw invalid(name, `needs exactly one of ${conditions.join(", ")}`);
  const windowMs = duration(rule, "windowMs", defaultWindowMs);
  if (windowMs === 0) throw invalid(name, "has a windowMs of 0");
  if (above !== undefined || below !== undefined) {
    return { threshold: thresholdOf(rule), isOfAll: false, newMeter: measureOf(rule, windowMs) };
  }
  if ([clearAbove, clearBelow, rule.of, quantile].some((field) => field !== undefined))
    throw invalid(name, "has clearAbove, clearBelow, of or quantile without above or below");
  if (changes !== undefined) {
    if (changes !== true) throw invalid(name, "has changes, which can only be true");
    const threshold = { side: "above", at: 0, clearAt: undefined } as const;
    return { threshold, isOfAll: false, newMeter: () => new ChangeMeter(windowMs) };
  }
  if (absent !== true || rule.windowMs !== undefined)
    throw invalid(name, "has absent, which can only be true, and has no windowMs");
  const threshold = { side: "below", at: 1, clearAt: undefined } as const;
  return { threshold, isOfAll: true, newMeter: () => new PresenceMeter() };
}

/** What is compared with a threshold. */
function measureOf(rule: AlertRule, windowMs: number): CompiledRule["newMeter"] {
  const { name, of = "value", quantile } = rule;
  if (of !== "value" && of !== "rate") throw invalid(name, "is of a value or a rate");
  if (quantile !== undefined) {
    if (!isNumber(quantile) || quantile <= 0 || quantile >= 1 || rule.of !== undefined)
      throw invalid(name, "needs a quantile between 0 and 1, and then no of");
    return (info) => new QuantileMeter(windowMs, quantile, info?.bounds ?? []);
  }
  if (of === "rate") return (info) => new RateMeter(windowMs, info?.kind !== "gauge");
  if (rule.windowMs !== undefined) throw invalid(name, "has a windowMs, which values have not");
  return () => new ValueMeter();
}

function thresholdOf({ name, above, below, clearBelow, clearAbove }: AlertRule): Threshold {
  const side = above === undefined ? "below" : "above";
  const at = above ?? below;
  const clearAt = side === "above" ? clearBelow : clearAbove;
  const other = side === "above" ? clearAbove : clearBelow;
  if (!isNumber(at)) throw invalid(name, `has a number for ${side} that is none`);
  if (other !== undefined) throw invalid(name, `is ${side}: it clears on the other side`);
  if (clearAt === undefined) return { side, at, clearAt };
  const isPast = side === "above" ? clearAt <= at : clearAt >= at;
  if (!isNumber(clearAt) || !isPast)
    throw invalid(name, `would clear at ${clearAt} while it is ${side} ${at}`);
  return { side, at, clearAt };
}

function duration(rule: AlertRule, field: "forMs" | "clearForMs" | "windowMs", fallback: number): number {
  const value = rule[field] ?? fallback;
  if (!isNumber(value) || value < 0 || value > longestMs)
    throw invalid(rule.name, `needs a ${field} between 0 and ${longestMs}`);
  return value;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.length <= longestText;
}

function isLabels(labels: unknown): boolean {
  if (typeof labels !== "object" || labels === null) return false;
  const values = Object.values(labels);
  return values.length <= mostLabels && values.every(isText);
}

function invalid(what: string, problem: string, cause?: unknown): MetricastError {
  return new MetricastError("MC_ALERT_INVALID", `alert "${what}" ${problem}`, { rule: what }, cause);
}
