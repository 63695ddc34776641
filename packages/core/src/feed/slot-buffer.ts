const firstCapacity = 64;

/** Numbers one after the other, in memory that is used again after `clear`. */
export class SlotBuffer {
  #values = new Float64Array(firstCapacity);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Replaced when it grows; what stands beyond `length` means nothing. */
  get values(): Float64Array {
    return this.#values;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  pushAll(values: readonly number[]): void {
    for (const value of values) this.push(value);
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
}
