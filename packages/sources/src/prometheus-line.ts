import { emptyLabels, type Row } from "./metric-family.js";
import { readNumber } from "./prometheus-number.js";

/** What one line of an exposition says. */
export type Line =
  | { readonly kind: "row"; readonly row: Row }
  | { readonly kind: "help" | "type" | "unit"; readonly name: string; readonly text: string }
  | { readonly kind: "comment" | "blank" | "end" }
  | { readonly kind: "bad"; readonly reason: string };

/** Reads one line, without its line break. Never throws. */
export function readLine(text: string): Line {
  const scan = new LineScan(text);
  scan.skipBlanks();
  if (scan.atEnd) return { kind: "blank" };
  return scan.take("#") ? readComment(scan) : readRow(scan);
}

function readComment(scan: LineScan): Line {
  if (!scan.skipBlanks()) return { kind: "comment" };
  const word = scan.word();
  if (word === "EOF" && scan.atEnd) return { kind: "end" };
  const kind = word === "HELP" ? "help" : word === "TYPE" ? "type" : word === "UNIT" ? "unit" : undefined;
  if (kind === undefined) return { kind: "comment" };
  scan.skipBlanks();
  const name = scan.name(true);
  if (name === "" || !(scan.atEnd || scan.skipBlanks())) return bad(`${word} without a metric name`);
  const text = scan.rest();
  return { kind, name, text: kind === "help" ? withoutEscapes(text) : text.trim() };
}

function readRow(scan: LineScan): Line {
  const name = scan.name(true);
  if (name === "") return bad("no metric name");
  scan.skipBlanks();
  const labels = emptyLabels();
  if (scan.take("{")) {
    const reason = readLabels(scan, labels);
    if (reason !== undefined) return bad(reason);
    scan.skipBlanks();
  }
  const value = readNumber(scan.word());
  if (value === undefined) return bad("no value that is a number");
  scan.skipBlanks();
  // The time of a reading is the tick's; one that comes along has only to be a number. An exemplar starts with "#".
  if (!scan.atEnd && !scan.sees("#") && readNumber(scan.word()) === undefined) return bad("a bad timestamp");
  scan.skipBlanks();
  if (!scan.atEnd && !scan.sees("#")) return bad("text after the value");
  return { kind: "row", row: { name, labels, value } };
}

/** Fills `labels`; returns the reason where they are malformed. */
function readLabels(scan: LineScan, labels: Record<string, string>): string | undefined {
  for (;;) {
    scan.skipBlanks();
    if (scan.take("}")) return undefined;
    const name = scan.name(false);
    if (name === "") return "no label name";
    scan.skipBlanks();
    if (!scan.take("=")) return "a label without =";
    scan.skipBlanks();
    const value = scan.take('"') ? scan.quoted() : undefined;
    if (value === undefined) return "a label value without its quotes";
    if (name in labels) return "a label given twice";
    labels[name] = value;
    scan.skipBlanks();
    if (!scan.take(",") && !scan.sees("}")) return "labels without , between them";
  }
}

function bad(reason: string): Line {
  return { kind: "bad", reason };
}

/** `\\`, `\n` and `\"`; another character after a backslash keeps it: losing the series would be worse. */
function withoutEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === "\\" && (next === "\\" || next === '"' || next === "n")) {
      out += next === "n" ? "\n" : next;
      at++;
    } else {
      out += char;
    }
  }
  return out;
}

/** A position in one line, and the tokens found from there. */
class LineScan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  sees(char: string): boolean {
    return this.#text.charAt(this.#at) === char;
  }

  take(char: string): boolean {
    if (!this.sees(char)) return false;
    this.#at++;
    return true;
  }

  /** Whether there were any. */
  skipBlanks(): boolean {
    const from = this.#at;
    while (this.sees(" ") || this.sees("\t")) this.#at++;
    return this.#at > from;
  }

  /** Up to the next blank. */
  word(): string {
    const from = this.#at;
    while (!this.atEnd && !this.sees(" ") && !this.sees("\t")) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  /** A metric's or a label's name, or "". */
  name(isMetric: boolean): string {
    const from = this.#at;
    while (isNameCode(this.#text.charCodeAt(this.#at), this.#at === from, isMetric)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  /** After the opening quote, past the closing one; undefined where there is none. */
  quoted(): string | undefined {
    const from = this.#at;
    for (let at = from; at < this.#text.length; at++) {
      const char = this.#text.charAt(at);
      if (char === "\\") at++;
      else if (char === '"') {
        this.#at = at + 1;
        return withoutEscapes(this.#text.slice(from, at));
      }
    }
    return undefined;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }
}

const lower = { from: 97, to: 122 };
const upper = { from: 65, to: 90 };
const digit = { from: 48, to: 57 };
const underscore = 95;
const colon = 58;

function isNameCode(code: number, isFirst: boolean, isMetric: boolean): boolean {
  if (code >= lower.from && code <= lower.to) return true;
  if (code >= upper.from && code <= upper.to) return true;
  if (code === underscore || (isMetric && code === colon)) return true;
  return !isFirst && code >= digit.from && code <= digit.to;
}
