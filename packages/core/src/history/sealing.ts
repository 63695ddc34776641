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
  readonly bitsPerTick: number;
  next(): number;
  place(): void;
}

/** Of a slot, until it is known what those of its owner take. */
const bitsPerSlot = 400;
/** Time goes with bits, but a series takes some even where it takes hardly any. */
const leastBits = 100;

/** Packs finished segments a few series a tick, so that no tick pays for a whole one. They are readable throughout. */
export class Sealing {
  readonly #jobs: Job[] = [];
  /** Bits of the newest finished segment, by owner. */
  readonly #bits = new Map<object, number>();

  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** An owner that comes with the next segment has the one before finished first. */
  add<P>(owner: object, packer: Packer<P>, { slots, ticks }: Work, place: (packed: P) => void): void {
    this.finish(owner);
    const expected = this.#bits.get(owner) ?? slots * bitsPerSlot;
    let bits = 0;
    this.#jobs.push({
      owner,
      bitsPerTick: Math.ceil(expected / ticks),
      next: () => {
        const more = packer.next();
        const work = more === 0 ? 0 : Math.max(more, leastBits);
        bits += work;
        return work;
      },
      place: () => {
        this.#bits.set(owner, bits);
        place(packer.finish());
      },
    });
  }

  /** The work of one tick. */
  advance(): void {
    const job = this.#jobs[0];
    if (job === undefined) return;
    for (let bits = 0; bits < job.bitsPerTick; ) {
      const more = job.next();
      if (more === 0) return this.#complete(job);
      bits += more;
    }
  }

  /** Does at once what is left, of one owner or of all; false where there is nothing. */
  finish(owner?: object): boolean {
    const jobs = this.#jobs.filter((job) => owner === undefined || job.owner === owner);
    for (const job of jobs) {
      while (job.next() > 0);
      this.#complete(job);
    }
    return jobs.length > 0;
  }

  #complete(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    job.place();
  }
}
