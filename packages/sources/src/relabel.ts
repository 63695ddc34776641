import { MetricastError, type Sample } from "@metricast/core";
import { emptyLabels } from "./metric-family.js";

/**
 * A text is looked at by a pattern of the host's, which matches as it is written: `^` and `$` say that it means all of
 * the text. Flags `g` and `y` are refused. Where a pattern will not do, a function.
 */
export type RelabelMatch = RegExp | ((text: string) => boolean);

export type RelabelRule =
  | {
      /** Keeps only the series that match, or drops those. */
      readonly action: "keep" | "drop";
      /** `__name__` is the series' name. */
      readonly sourceLabels: readonly string[];
      /** Between the values of several labels. Default `;`. */
      readonly separator?: string;
      readonly match: RelabelMatch;
    }
  | {
      /** Sets a label where the source labels match; an empty value takes it away. */
      readonly action: "replace";
      readonly sourceLabels: readonly string[];
      readonly separator?: string;
      /** Default: always. */
      readonly match?: RelabelMatch;
      readonly targetLabel: string;
      /** `$1` is the pattern's first group. Or a function of the source labels' values. Default: those values. */
      readonly replacement?: string | ((text: string) => string);
    }
  | {
      /** Gives labels whose name matches another one: `$1` is the pattern's first group. */
      readonly action: "labelmap";
      readonly match: RegExp;
      readonly replacement: string | ((label: string) => string);
    }
  | {
      /** Takes away labels whose name matches. */
      readonly action: "labeldrop";
      readonly match: RelabelMatch;
    };

/** Longer texts, which a channel would not take anyway, match nothing. */
const longestText = 1_000;

type Labels = Readonly<Record<string, string>>;

/** A function that changes a scrape's samples by the rules, one after the other. Throws `MC_OPTION_INVALID`. */
export function relabelling(rules: readonly RelabelRule[]): (samples: readonly Sample[]) => Sample[] {
  for (const rule of rules) check(rule);
  return (samples) => samples.flatMap((sample) => relabelled(sample, rules));
}

function relabelled(sample: Sample, rules: readonly RelabelRule[]): Sample[] {
  let labels: Labels = { ...sample.labels, __name__: sample.name };
  for (const rule of rules) {
    const next = applied(rule, labels);
    if (next === undefined) return [];
    labels = next;
  }
  const { __name__: name = "", ...rest } = labels;
  return [{ ...sample, name, labels: Object.assign(emptyLabels(), rest) }];
}

/** Undefined where the series is dropped. */
function applied(rule: RelabelRule, labels: Labels): Labels | undefined {
  switch (rule.action) {
    case "keep":
      return matches(rule.match, joined(rule, labels)) ? labels : undefined;
    case "drop":
      return matches(rule.match, joined(rule, labels)) ? undefined : labels;
    case "replace":
      return replaced(rule, labels);
    case "labelmap":
      return mapped(rule, labels);
    case "labeldrop":
      return filtered(labels, (name) => name === "__name__" || !matches(rule.match, name));
  }
}

function replaced(rule: Extract<RelabelRule, { action: "replace" }>, labels: Labels): Labels {
  const { match, replacement, targetLabel } = rule;
  const text = joined(rule, labels);
  if (match !== undefined && !matches(match, text)) return labels;
  const value = replacement === undefined ? text : substitute(text, match, replacement);
  if (value === "") return filtered(labels, (name) => name !== targetLabel);
  return { ...labels, [targetLabel]: value };
}

function mapped(
  { match, replacement }: Extract<RelabelRule, { action: "labelmap" }>,
  labels: Labels,
): Labels {
  const given = Object.entries(labels);
  const matching = given.filter(([name]) => name !== "__name__" && matches(match, name));
  const renamed = matching.map(([name, value]) => [substitute(name, match, replacement), value]);
  return Object.fromEntries([...given, ...renamed]);
}

function substitute(
  text: string,
  match: RelabelMatch | undefined,
  replacement: string | ((text: string) => string),
): string {
  if (typeof replacement === "function") return replacement(text);
  return match instanceof RegExp ? text.replace(match, replacement) : replacement;
}

function filtered(labels: Labels, isKept: (name: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => isKept(name)));
}

function joined(
  { sourceLabels, separator = ";" }: { sourceLabels: readonly string[]; separator?: string },
  labels: Labels,
): string {
  return sourceLabels.map((name) => (Object.hasOwn(labels, name) ? labels[name] : "")).join(separator);
}

function matches(match: RelabelMatch, text: string): boolean {
  if (text.length > longestText) return false;
  return match instanceof RegExp ? match.test(text) : match(text);
}

function check(rule: RelabelRule): void {
  const match: unknown = rule.match;
  if (!(match instanceof RegExp) || !(match.global || match.sticky)) return;
  const reason = "a pattern with the flag g or y matches differently each time";
  throw new MetricastError("MC_OPTION_INVALID", reason, { option: "relabel", value: String(match) });
}
