/** Live series slots of all channels of one process, counted together. Overflow series come on top: one set per name. */
export class SeriesBudget {
  readonly limit: number;
  /** While true no new series is taken up; the memory budget switches it. */
  refuse = false;
  #used = 0;

  constructor(maxSlots: number) {
    this.limit = maxSlots;
  }

  get used(): number {
    return this.#used;
  }

  hasRoom(slots: number): boolean {
    return !this.refuse && this.#used + slots <= this.limit;
  }

  tryTake(slots: number): boolean {
    if (!this.hasRoom(slots)) return false;
    this.#used += slots;
    return true;
  }

  release(slots: number): void {
    this.#used -= slots;
  }
}
