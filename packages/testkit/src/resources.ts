import type { EventEmitter } from "node:events";
import { readdirSync } from "node:fs";
import { until } from "./until.js";

/** What a process holds: open file descriptors, active resources by type, listeners by emitter and event. */
export interface Resources {
  /** 0 where the system has no /proc. */
  readonly fileDescriptors: number;
  readonly active: ReadonlyMap<string, number>;
  readonly listeners: ReadonlyMap<string, number>;
}

/** Emitters whose listeners count, by the name they are reported under. */
export type Emitters = Readonly<Record<string, EventEmitter>>;

export function resources(emitters: Emitters = {}): Resources {
  const listeners = new Map<string, number>();
  for (const [name, emitter] of Object.entries(emitters)) {
    for (const event of emitter.eventNames()) {
      listeners.set(`${name}.${String(event)}`, emitter.listenerCount(event));
    }
  }
  const active = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) active.set(type, (active.get(type) ?? 0) + 1);
  return { fileDescriptors: openFiles(), active, listeners };
}

/** What there is now beyond `before`, one line each; empty when everything was given back. */
export function leftovers(before: Resources, now: Resources): readonly string[] {
  const lines: string[] = [];
  if (now.fileDescriptors > before.fileDescriptors) {
    lines.push(`file descriptors: ${before.fileDescriptors} -> ${now.fileDescriptors}`);
  }
  return [...lines, ...grown(before.active, now.active), ...grown(before.listeners, now.listeners)];
}

/**
 * Resolves when nothing is left beyond `before`; rejects with the list of what is. `ignore` names resource types that
 * come and go by themselves: by default timers, which test runners and this function use.
 */
export async function allGivenBack(
  before: Resources,
  emitters: Emitters = {},
  { deadlineMs = 5_000, ignore = ["Timeout", "Immediate"] } = {},
): Promise<void> {
  const left = () =>
    leftovers(before, resources(emitters)).filter(
      (line) => !ignore.some((type) => line.startsWith(`${type}:`)),
    );
  await until(
    () => left().length === 0,
    deadlineMs,
    () => `left over: ${left().join(", ")}`,
  );
}

function grown(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  const lines: string[] = [];
  for (const [name, count] of now) {
    const had = before.get(name) ?? 0;
    if (count > had) lines.push(`${name}: ${had} -> ${count}`);
  }
  return lines;
}

function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
