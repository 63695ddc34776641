import type { Member } from "./family.js";

/**
 * Absent series that still hold slots. They give them back after `holdTicks`, looked after every tenth of that: a
 * series that flaps keeps its slots, and label sets that come and go for ever do not fill the budget.
 */
export class Departures {
  readonly #holdTicks: number;
  #waiting: Member[] = [];
  #nextTick = -1;

  constructor(holdTicks: number) {
    this.#holdTicks = holdTicks;
  }

  add(member: Member): void {
    if (member.leaving) return;
    member.leaving = true;
    this.#waiting.push(member);
  }

  /** Members that have been absent for long enough; those that came back are forgotten. */
  takeDue(tick: number): Member[] {
    if (tick < this.#nextTick) return [];
    this.#nextTick = tick + Math.ceil(this.#holdTicks / 10);
    const due: Member[] = [];
    const waiting: Member[] = [];
    for (const member of this.#waiting) {
      member.leaving = member.owner === undefined && member.absentSinceTick + this.#holdTicks > tick;
      if (member.leaving) waiting.push(member);
      else if (member.owner === undefined) due.push(member);
    }
    this.#waiting = waiting;
    return due;
  }
}
