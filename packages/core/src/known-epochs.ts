const maxEpochs = 64;

/** The processes that wrote one log, as far as they are known: those that were heard here, and those that a store tells of. */
export class KnownEpochs {
  readonly #heard = new Set<string>();
  readonly #past = new Set<string>();

  /** Its batches came here, or are made here. Of too many the first is forgotten. */
  hear(epoch: string): void {
    this.#heard.add(epoch);
    const [oldest] = this.#heard;
    if (this.#heard.size > maxEpochs && oldest !== undefined) this.#heard.delete(oldest);
  }

  /** Its ticks were taken from the store. The newest are told of first: of too many the last are left out. */
  recall(epoch: string): void {
    if (this.#past.size < maxEpochs) this.#past.add(epoch);
  }

  has(epoch: string): boolean {
    return this.#heard.has(epoch) || this.#past.has(epoch);
  }

  /** Whether it was heard as it came, so that what is missing of it is known. */
  wasHeard(epoch: string): boolean {
    return this.#heard.has(epoch);
  }
}
