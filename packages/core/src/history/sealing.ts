/** Something that packs a segment, one series at a time. */
export interface Packer<P> {
  /** Packs the next series; gives the bits that it took, 0 where there is no series left. */
  next(): number;
  /** What is packed, all that is left included. */
  finish(): P;
}

/** What is to be packed, and over how many ticks. */
export interface Work {
  readonly slots: number;
  readonly ticks: number;
}

interface Job {
  /** Whose segments are packed one after the other. */
  readonly owner: object;
  readonly packer: { next(): number };
  readonly ticks: number;
  readonly bitsPerTick: number;
  /** Bits that should be packed by now, and bits that are. */
  due: number;
  done: number;
  place(): void;
}

/** Of a slot, until it is known what those of its owner take. */
const bitsPerSlot = 400;
/** Time goes with bits, but a series takes some even where it takes hardly any. */
const leastBits = 100;

/** Packs finished segments a few series a tick, so that no tick pays for a whole one. They are readable throughout. */
export class Sealing {
  /** Those with the least time first. */
  readonly #jobs: Job[] = [];
  /** Bits of the newest finished segment, by owner. */
  readonly #bits = new Map<object, number>();

  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  isPacking(owner: object): boolean {
    return this.#jobs.some((job) => job.owner === owner);
  }

  /** An owner that comes with the next segment has the one before finished first. */
  add<P>(owner: object, packer: Packer<P>, { slots, ticks }: Work, place: (packed: P) => void): void {
    this.finish(owner);
    const expected = this.#bits.get(owner) ?? slots * bitsPerSlot;
    const bitsPerTick = Math.ceil(expected / ticks);
    const job = { owner, packer, ticks, bitsPerTick, due: 0, done: 0, place: () => place(packer.finish()) };
    const after = this.#jobs.findIndex((other) => other.ticks > ticks);
    this.#jobs.splice(after < 0 ? this.#jobs.length : after, 0, job);
  }

  /** The work of one tick. */
  advance(): void {
    const job = this.#jobs[0];
    if (job === undefined) return;
    job.due += job.bitsPerTick;
    if (!packUpTo(job, job.due)) this.#complete(job);
  }

  /** Does at once what is left, of one owner or of all; false where there is nothing. */
  finish(owner?: object): boolean {
    const jobs = this.#jobs.filter((job) => owner === undefined || job.owner === owner);
    for (const job of jobs) {
      packUpTo(job, Number.POSITIVE_INFINITY);
      this.#complete(job);
    }
    return jobs.length > 0;
  }

  #complete(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    this.#bits.set(job.owner, job.done);
    job.place();
  }
}

/** Whether there are series left. */
function packUpTo(job: Job, bits: number): boolean {
  while (job.done < bits) {
    const more = job.packer.next();
    if (more === 0) return false;
    job.done += Math.max(more, leastBits);
  }
  return true;
}
