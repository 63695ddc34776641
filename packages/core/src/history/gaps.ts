import type { TickRange } from "@metricast/protocol";
import type { MemoryBudget } from "./budget.js";
import { lowerBound } from "./search.js";

const bytesPerGap = 64;
const chunk = 64;

/** Ranges (from, to] in which nothing was sampled, ascending. */
export class Gaps {
  readonly #budget: MemoryBudget;
  readonly #ranges: TickRange[] = [];
  #paidFor = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#paidFor * bytesPerGap;
  }

  add(fromTick: number, toTick: number): void {
    if (this.#ranges.length >= this.#paidFor && !this.#payForMore()) this.#ranges.shift();
    if (this.#paidFor > 0) this.#ranges.push({ fromTick, toTick });
  }

  /** What of a range is in gaps. */
  within(fromTick: number, toTick: number): TickRange[] {
    const ranges: TickRange[] = [];
    let index = lowerBound(this.#ranges.length, (at) => (this.#ranges[at]?.toTick ?? 0) > fromTick);
    for (
      let gap = this.#ranges[index];
      gap !== undefined && gap.fromTick < toTick;
      gap = this.#ranges[index]
    ) {
      ranges.push({ fromTick: Math.max(gap.fromTick, fromTick), toTick: Math.min(gap.toTick, toTick) });
      index += 1;
    }
    return ranges;
  }

  /** Forgets those before a tick that are too short to be seen in what is left of that time. */
  coarsen(beforeTick: number, minTicks: number): void {
    const end = lowerBound(this.#ranges.length, (at) => (this.#ranges[at]?.toTick ?? 0) > beforeTick);
    const old = this.#ranges.slice(0, end).filter((gap) => gap.toTick - gap.fromTick >= minTicks);
    if (old.length === end) return;
    this.#ranges.splice(0, end, ...old);
    this.#giveBack();
  }

  clear(): void {
    this.#ranges.length = 0;
    this.#giveBack();
  }

  #payForMore(): boolean {
    if (!this.#budget.tryTake(chunk * bytesPerGap)) return false;
    this.#paidFor += chunk;
    return true;
  }

  #giveBack(): void {
    const needed = Math.ceil(this.#ranges.length / chunk) * chunk;
    this.#budget.give((this.#paidFor - needed) * bytesPerGap);
    this.#paidFor = needed;
  }
}
