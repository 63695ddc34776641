import { matchesGlob } from "@metricast/protocol";
import type { SeriesInfo } from "./catalogue.js";

/** One pattern of the select syntax: `http_*{method="GET",code!="500"}`. */
export interface Pattern {
  readonly glob: string;
  readonly conditions: readonly Condition[];
}
interface Condition {
  readonly label: string;
  readonly value: string;
  readonly isNegated: boolean;
}

const head = /^\s*([\w:.*?/-]{1,255})\s*(?:\{(.*)\}\s*)?$/s;
const condition = /\s*([\w:./-]+)\s*(!=|=)\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/sy;

/** Undefined where the text is no pattern. */
export function parsePattern(text: string): Pattern | undefined {
  const [, glob, inner] = head.exec(text) ?? [];
  if (glob === undefined) return undefined;
  const conditions: Condition[] = [];
  const rest = inner?.trim() ?? "";
  condition.lastIndex = 0;
  while (condition.lastIndex < rest.length) {
    const [whole, label = "", sign, quoted = ""] = condition.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    conditions.push({ label, value: unescapeText(quoted), isNegated: sign === "!=" });
  }
  return { glob, conditions };
}

export function formatPattern({ glob, conditions }: Pattern): string {
  const pairs = conditions.map(({ label, value, isNegated }) => {
    return `${label}${isNegated ? "!=" : "="}"${escapeText(value)}"`;
  });
  return pairs.length > 0 ? `${glob}{${pairs.join(",")}}` : glob;
}

export function matchesPattern(
  pattern: Pattern,
  { name, labels }: Pick<SeriesInfo, "name" | "labels">,
): boolean {
  return (
    matchesGlob(pattern.glob, name) &&
    pattern.conditions.every(({ label, value, isNegated }) => ((labels[label] ?? "") === value) !== isNegated)
  );
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
}

function escapeText(text: string): string {
  return text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
}
