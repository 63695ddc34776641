import type { ResetReason, TickRange } from "@metricast/protocol";

/**
 * Why there is nothing: `not_sampled`, the server sampled nothing; `pending`, blocks that cover it are to follow;
 * `slow_reader`, it was left out because this client read too slowly; `not_resumed`, the server began anew without
 * a word about what came before; the others are the server's reasons why it could not go on from a position.
 */
export type GapReason = "not_sampled" | "pending" | "slow_reader" | "not_resumed" | ResetReason;

export interface TickGap extends TickRange {
  readonly reason: GapReason;
}

const maxGaps = 200;

/** Declared ranges (from, to] without points, in the order of time. */
export class GapList {
  all: readonly TickGap[] = [];

  /** Where the oldest range begins that blocks are still to cover. */
  get pendingFrom(): number | undefined {
    return this.all.find(({ reason }) => reason === "pending")?.fromTick;
  }

  /** What was pending does not come any more. */
  giveUpPending(reason: GapReason): void {
    this.all = this.all.map((gap) => (gap.reason === "pending" ? { ...gap, reason } : gap));
  }

  add(gap: TickGap): void {
    // What is no number is no range either.
    if (!(gap.toTick > gap.fromTick)) return;
    this.cut(gap);
    const gaps = [...this.all, gap].sort((a, b) => a.fromTick - b.fromTick);
    this.all = gaps.slice(-maxGaps);
  }

  /** Points came for a range, or it is too old to be shown. */
  cut({ fromTick, toTick }: TickRange): void {
    this.all = this.all.flatMap((gap) => {
      const older = { ...gap, toTick: Math.min(gap.toTick, fromTick) };
      const newer = { ...gap, fromTick: Math.max(gap.fromTick, toTick) };
      return [older, newer].filter((rest) => rest.toTick > rest.fromTick);
    });
  }
}
