/** Of how many ticks it is remembered. */
const maxTicks = 1_024;

/** Which instances the newest ticks did not wait for. */
export class MissingLog {
  readonly #byTick = new Map<number, readonly string[]>();

  /** Ticks ascend. */
  note(tick: number, names: readonly string[]): void {
    if (names.length === 0) return;
    this.#byTick.set(tick, names);
    const [oldest] = this.#byTick.keys();
    if (this.#byTick.size > maxTicks && oldest !== undefined) this.#byTick.delete(oldest);
  }

  /** To those of the newest tick. */
  add(tick: number, name: string): void {
    this.note(tick, [...new Set([...this.within(tick - 1, tick), name])].sort());
  }

  within(fromTick: number, toTick: number): readonly string[] {
    if (toTick - fromTick === 1) return this.#byTick.get(toTick) ?? [];
    const found = new Set<string>();
    for (const [tick, names] of this.#byTick) {
      if (tick > fromTick && tick <= toTick) for (const name of names) found.add(name);
    }
    return [...found].sort();
  }
}
