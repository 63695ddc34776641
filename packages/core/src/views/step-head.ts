/** The newest completed step of so many ticks, and whether it follows the one before. */
export class StepHead {
  readonly stepTicks: number;
  #tick: number | undefined;
  #prev: number | undefined;

  constructor(stepTicks: number) {
    this.stepTicks = stepTicks;
  }

  get tick(): number | undefined {
    return this.#tick;
  }
  get prev(): number | undefined {
    return this.#prev;
  }

  /** Takes the step that a tick completes; undefined when it completes none. */
  advance(tick: number): number | undefined {
    const step = Math.floor(tick / this.stepTicks) * this.stepTicks;
    if (step === this.#tick) return undefined;
    // A step that was begun but never completed has no frame: the chain ends, and a block makes up for it.
    const follows = this.#tick !== undefined && step - this.#tick === this.stepTicks;
    this.#prev = follows ? this.#tick : undefined;
    this.#tick = step;
    return step;
  }
}
