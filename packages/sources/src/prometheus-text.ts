import type { Sample } from "@metricast/core";
import { foldFamily } from "./fold.js";
import { type FamilyType, familyType, type MetricFamily, type Row } from "./metric-family.js";
import { readLine } from "./prometheus-line.js";

export interface ExpositionOptions {
  /** Longest text taken, in UTF-8 bytes. Default 8 MB. */
  readonly maxBytes?: number;
  /** Default 200,000. */
  readonly maxLines?: number;
  /** Throws at the first malformed line instead of counting it. Default false. */
  readonly strict?: boolean;
}

/** What an exposition said. */
export interface Exposition {
  /** In order of their first rows; those without rows are left out. */
  readonly families: readonly MetricFamily[];
  readonly rowCount: number;
  readonly badLineCount: number;
  /** The first 20 of them. */
  readonly badLines: readonly BadLine[];
}

export interface BadLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** A text over its bounds, or in strict mode a malformed line. */
export class ExpositionError extends Error {
  /** From 1; absent where the text as a whole is too long. */
  readonly line?: number;

  constructor(reason: string, line?: number) {
    super(line === undefined ? reason : `line ${line}: ${reason}`);
    this.name = "ExpositionError";
    if (line !== undefined) this.line = line;
  }
}

const defaultMaxBytes = 8 * 1_024 * 1_024;
const defaultMaxLines = 200_000;
const keptBadLines = 20;

/**
 * Reads Prometheus text (0.0.4) and OpenMetrics text. Timestamps and exemplars are read over. Malformed lines are
 * counted, the others are kept.
 * Throws `ExpositionError` past `maxBytes` or `maxLines`, half an exposition being worse than none; with `strict` also
 * at a malformed line.
 */
export function parsePrometheusText(text: string, options: ExpositionOptions = {}): Exposition {
  const { maxBytes = defaultMaxBytes, maxLines = defaultMaxLines, strict = false } = options;
  // UTF-8 has at least as many bytes as the string has units: long texts need no count.
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    throw new ExpositionError(`the text has more than ${maxBytes} bytes`);
  }
  const draft = new ExpositionDraft(strict);
  let lineNumber = 0;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    lineNumber++;
    if (lineNumber > maxLines)
      throw new ExpositionError(`the text has more than ${maxLines} lines`, lineNumber);
    const line = text.slice(from, text.charAt(end - 1) === "\r" && end > from ? end - 1 : end);
    if (!draft.take(line, lineNumber)) break;
    from = end + 1;
  }
  return draft.finish();
}

/** All families' samples, histograms folded to one each. */
export function expositionSamples(exposition: Exposition): Sample[] {
  return exposition.families.flatMap(foldFamily);
}

interface Metadata {
  type?: FamilyType;
  help?: string;
  unit?: string;
}

/** An exposition being read, line by line. Families are put together at the end, so TYPE may come after its rows. */
class ExpositionDraft {
  readonly #strict: boolean;
  readonly #metadata = new Map<string, Metadata>();
  readonly #rowsByName = new Map<string, Row[]>();
  readonly #badLines: BadLine[] = [];
  #rowCount = 0;
  #badLineCount = 0;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** False where the text says that it ends. */
  take(text: string, lineNumber: number): boolean {
    const line = readLine(text);
    if (line.kind === "end") return false;
    if (line.kind === "row") this.#takeRow(line.row);
    if (line.kind === "help") this.#about(line.name).help ??= line.text;
    if (line.kind === "unit" && line.text !== "") this.#about(line.name).unit ??= line.text;
    if (line.kind === "type") this.#takeType(line.name, line.text, lineNumber);
    if (line.kind === "bad") this.#refuse(lineNumber, line.reason);
    return true;
  }

  finish(): Exposition {
    const rowsByFamily = new Map<string, Row[]>();
    for (const [name, rows] of this.#rowsByName) {
      const family = this.#familyOf(name);
      const known = rowsByFamily.get(family);
      if (known === undefined) rowsByFamily.set(family, rows);
      else for (const row of rows) known.push(row);
    }
    const families = [...rowsByFamily].map(([name, rows]) => ({
      name,
      type: "untyped" as const,
      ...this.#metadata.get(name),
      rows,
    }));
    return {
      families,
      rowCount: this.#rowCount,
      badLineCount: this.#badLineCount,
      badLines: this.#badLines,
    };
  }

  #takeRow(row: Row): void {
    this.#rowCount++;
    const rows = this.#rowsByName.get(row.name);
    if (rows === undefined) this.#rowsByName.set(row.name, [row]);
    else rows.push(row);
  }

  #takeType(name: string, word: string, lineNumber: number): void {
    const type = familyType(word);
    const about = this.#about(name);
    if (type === undefined) this.#refuse(lineNumber, "a type that is none");
    else if (about.type !== undefined && about.type !== type)
      this.#refuse(lineNumber, "a second, different type");
    else about.type = type;
  }

  #about(name: string): Metadata {
    const known = this.#metadata.get(name);
    if (known !== undefined) return known;
    const fresh: Metadata = {};
    this.#metadata.set(name, fresh);
    return fresh;
  }

  /** The family a row's name belongs to: its own, or the one whose type lends it a suffix. */
  #familyOf(name: string): string {
    if (this.#metadata.get(name)?.type !== undefined) return name;
    for (const [suffix, types] of suffixes) {
      if (!name.endsWith(suffix)) continue;
      const stem = name.slice(0, -suffix.length);
      const type = this.#metadata.get(stem)?.type;
      if (type !== undefined && types.includes(type)) return stem;
    }
    return name;
  }

  #refuse(line: number, reason: string): void {
    if (this.#strict) throw new ExpositionError(reason, line);
    this.#badLineCount++;
    if (this.#badLines.length < keptBadLines) this.#badLines.push({ line, reason });
  }
}

const suffixes: readonly (readonly [suffix: string, types: readonly FamilyType[]])[] = [
  ["_bucket", ["histogram", "gaugehistogram"]],
  ["_sum", ["histogram", "summary"]],
  ["_count", ["histogram", "summary"]],
  ["_total", ["counter"]],
  ["_created", ["counter", "histogram", "summary"]],
  ["_info", ["info"]],
  ["_gsum", ["gaugehistogram"]],
  ["_gcount", ["gaugehistogram"]],
];
