import { repositoryTests, rowSuites } from "./suites.js";

/** One run of vitest. */
export interface Job {
  readonly name: string;
  readonly files: readonly string[];
  readonly args: readonly string[];
}

export interface Plan {
  /** Run beside each other, the longest first. */
  readonly besides: readonly Job[];
  /** Then one by one, when nothing else runs. */
  readonly calm: readonly Job[];
}

const longest = ["reliability/delivery.long", "soak.long", "heap.long", "laws.long"];
/** Their figures are times, or they build anew what others read. */
const undisturbed = /^bench\/|\/(?:storm|host-route|day|strangers)\.long\.test\.ts$/;
/** They try other programs than metricast: by name alone. */
const onlyNamed = /^tools\/(?:node-versions|strangers)\.long\.test\.ts$/;

/**
 * The long suites and every suite that stands for a row; with words, those whose path has one of them. A file has a run of its
 * own, so that what it saw is kept whatever becomes of the next; short ones share a run.
 */
export function planOf(words: readonly string[]): Plan {
  const rows = rowSuites().map(({ file }) => file);
  const files = [...new Set([...repositoryTests().filter(isLong), ...rows])].filter((file) =>
    words.length === 0 ? !onlyNamed.test(file) : words.some((word) => file.includes(word)),
  );
  const long = files.filter(isLong);
  const alone = files.filter(isAlone);
  const short = files.filter((file) => !isLong(file) && !isAlone(file));
  return {
    besides: [
      ...long
        .filter((file) => !undisturbed.test(file))
        .sort((a, b) => rankOf(a) - rankOf(b))
        .map((file) => jobOf(file, "long")),
      ...(short.length === 0 ? [] : [{ name: `${short.length} short suites`, files: short, args: short }]),
    ],
    calm: [
      ...alone.map((file) => jobOf(file, "alone")),
      ...long.filter((file) => undisturbed.test(file)).map((file) => jobOf(file, "long")),
    ],
  };
}

function isLong(file: string): boolean {
  return file.endsWith(".long.test.ts");
}

function isAlone(file: string): boolean {
  return file.endsWith(".alone.test.ts");
}

function jobOf(file: string, mode: "alone" | "long"): Job {
  return { name: file, files: [file], args: ["--mode", mode, file] };
}

function rankOf(file: string): number {
  const at = longest.findIndex((name) => file.includes(name));
  return at < 0 ? longest.length : at;
}
