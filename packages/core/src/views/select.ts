import { matchesGlob, type SeriesInfo } from "@metricast/protocol";

/**
 * Which series a view holds. A pattern is a glob on the name with optional label conditions,
 * `http_*{method="GET",code!="500"}`; a list of patterns is their union. A label that a series lacks is the empty string.
 */
export interface Select {
  /** Sorted patterns in canonical form: equal selections have equal lists. */
  readonly canonical: readonly string[];
  matches(series: Pick<SeriesInfo, "name" | "labels">): boolean;
}

/** A pattern that is none; its message says where. */
export class SelectError extends Error {}

export const selectLimits = { maxNameLength: 255, maxStars: 8, maxConditions: 16 } as const;

interface Pattern {
  readonly name: string;
  readonly conditions: readonly Condition[];
}
interface Condition {
  readonly label: string;
  readonly value: string;
  readonly negated: boolean;
}

/** Compiles patterns, narrowed by a label scope that no pattern can widen. Throws SelectError. */
export function compileSelect(
  patterns: readonly string[] = ["*"],
  scope: Readonly<Record<string, string>> = {},
): Select {
  const parsed = patterns.map(parsePattern);
  const required = Object.entries(scope);
  const canonical = [...new Set(parsed.map(formatPattern))].sort();
  return {
    canonical,
    matches: (series) =>
      required.every(([label, value]) => labelOf(series, label) === value) &&
      parsed.some((pattern) => matchesPattern(pattern, series)),
  };
}

/** Types of events, by name alone: a condition could only ever hold for none of them, or for all. Throws SelectError. */
export function compileTypeSelect(patterns?: readonly string[]): Select {
  const select = compileSelect(patterns);
  if (select.canonical.some((pattern) => pattern.includes("{"))) throw new SelectError("condition on events");
  return select;
}

function matchesPattern(pattern: Pattern, series: Pick<SeriesInfo, "name" | "labels">): boolean {
  if (!matchesGlob(pattern.name, series.name)) return false;
  return pattern.conditions.every(
    ({ label, value, negated }) => (labelOf(series, label) === value) !== negated,
  );
}

function labelOf(series: Pick<SeriesInfo, "labels">, label: string): string {
  return Object.hasOwn(series.labels, label) ? (series.labels[label] ?? "") : "";
}

function formatPattern(pattern: Pattern): string {
  const conditions = pattern.conditions.map(
    ({ label, value, negated }) => `${label}${negated ? "!=" : "="}"${escaped(value)}"`,
  );
  return conditions.length === 0
    ? pattern.name
    : `${pattern.name}{${[...new Set(conditions)].sort().join(",")}}`;
}

/** The escapes that patterns know, and no others: the canonical form is read again. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function parsePattern(text: string): Pattern {
  const brace = text.indexOf("{");
  const name = (brace < 0 ? text : text.slice(0, brace)).trim();
  checkName(name);
  return { name: collapseStars(name), conditions: brace < 0 ? [] : new ConditionReader(text, brace).read() };
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > selectLimits.maxNameLength) throw new SelectError("name length");
  let stars = 0;
  for (const char of name) {
    if (char === "*") stars++;
    else if (!isNameChar(char) && char !== "?") throw new SelectError("name character");
  }
  if (stars > selectLimits.maxStars) throw new SelectError("too many wildcards");
}

function collapseStars(name: string): string {
  let collapsed = name;
  while (collapsed.includes("**")) collapsed = collapsed.replaceAll("**", "*");
  return collapsed;
}

function isNameChar(char: string): boolean {
  return (
    (char >= "a" && char <= "z") ||
    (char >= "A" && char <= "Z") ||
    (char >= "0" && char <= "9") ||
    char === "_" ||
    char === ":" ||
    char === "." ||
    char === "-" ||
    char === "/"
  );
}

/** Reads `{label="value",other!="value"}` from a position to the end of the text. */
class ConditionReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  read(): Condition[] {
    const conditions: Condition[] = [];
    this.#expect("{");
    while (!this.#take("}")) {
      if (conditions.length > 0) this.#expect(",");
      conditions.push(this.#condition());
      if (conditions.length > selectLimits.maxConditions) throw new SelectError("too many conditions");
    }
    this.#skipSpace();
    if (this.#at !== this.#text.length) throw new SelectError("text after }");
    return conditions;
  }

  #condition(): Condition {
    const label = this.#label();
    const negated = this.#take("!");
    this.#expect("=");
    return { label, negated, value: this.#quoted() };
  }

  #label(): string {
    this.#skipSpace();
    const start = this.#at;
    for (
      let char = this.#text[this.#at];
      char !== undefined && isNameChar(char);
      char = this.#text[++this.#at]
    );
    if (this.#at === start) throw new SelectError("label name");
    return this.#text.slice(start, this.#at);
  }

  #quoted(): string {
    this.#expect('"');
    let value = "";
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new SelectError("open quote");
      if (char === '"') return value;
      value += char === "\\" ? this.#escaped() : char;
    }
  }

  #escaped(): string {
    const char = this.#text[this.#at++];
    if (char === "n") return "\n";
    if (char === '"' || char === "\\") return char;
    throw new SelectError("escape");
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw new SelectError(`${char} expected`);
  }

  #take(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }
}
