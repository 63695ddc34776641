/** The newest completed step of so many ticks, and whether it follows the one before. */
export class StepHead {
  readonly stepTicks: number;
  #tick: number | undefined;
  #prev: number | undefined;
  /** The first tick after the newest step. */
  #begun: number | undefined;

  constructor(stepTicks: number) {
    this.stepTicks = stepTicks;
  }

  get tick(): number | undefined {
    return this.#tick;
  }
  get prev(): number | undefined {
    return this.#prev;
  }

  /** Takes the step that a tick completes; undefined when it completes none. Ticks ascend. */
  advance(tick: number): number | undefined {
    const step = Math.floor(tick / this.stepTicks) * this.stepTicks;
    const begun = this.#begun ?? tick;
    if (step === this.#tick) {
      this.#begun = begun;
      return undefined;
    }
    // A step that was begun but never completed has no frame: the chain ends, and a block makes up for it. One in which
    // nothing was sampled is passed over, as ticks are.
    const follows = this.#tick !== undefined && begun > step - this.stepTicks;
    this.#prev = follows ? this.#tick : undefined;
    this.#tick = step;
    this.#begun = tick > step ? tick : undefined;
    return step;
  }
}
