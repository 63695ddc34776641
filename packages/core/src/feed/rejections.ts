/** Why a sample was dropped. */
const rejectReasons = {
  not_a_sample: "An item that is not an object.",
  name: "The name is missing or malformed.",
  labels: "The labels are not an object of strings, or malformed, too many or too long.",
  value: "The value is not a JavaScript number, nor a histogram.",
  histogram: "A histogram whose bounds, counts or sum make no sense.",
  kind: "An unknown kind, or another than the metric of this name has.",
  threw: "Reading the sample threw.",
  duplicate: "The series was already given at this tick.",
  too_many: "The source gave more samples than one read may; the rest was not read.",
} as const satisfies Record<string, string>;

export type RejectReason = keyof typeof rejectReasons;

/** Counts dropped samples by reason. */
export class Rejections {
  #total = 0;
  readonly #counts = new Map<RejectReason, number>();

  get total(): number {
    return this.#total;
  }

  get counts(): ReadonlyMap<RejectReason, number> {
    return this.#counts;
  }

  add(reason: RejectReason, times = 1): void {
    this.#total += times;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + times);
  }

  addAll(other: Rejections): void {
    for (const [reason, times] of other.#counts) this.add(reason, times);
  }
}
