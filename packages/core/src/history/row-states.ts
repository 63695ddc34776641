import type { BitReader, BitWriter } from "@metricast/protocol";
import { seriesState } from "../contracts/feed.js";

/** A series' states by row: one bit where it is live at all of them, else runs. */

const stateBits = 2;
const stateCount = 3;
const runOrder = 3;

export function writeStates(out: BitWriter, states: Uint8Array, rows: number): void {
  let run = runEnd(states, 0, rows);
  const isLive = states[0] === seriesState.live && run === rows;
  out.bits(isLive ? 1 : 0, 1);
  if (isLive) return;
  let state = states[0] ?? 0;
  out.bits(state, stateBits);
  for (let from = 0; from < rows; run = runEnd(states, from, rows)) {
    out.golomb(run - from - 1, runOrder);
    from = run;
    if (from === rows) return;
    const next = states[from] ?? 0;
    // The next state differs: one of two.
    out.bits((next - state + stateCount) % stateCount === 1 ? 0 : 1, 1);
    state = next;
  }
}

export function readStates(input: BitReader, into: Uint8Array, rows: number): void {
  if (input.bits(1) === 1) {
    into.fill(seriesState.live, 0, rows);
    return;
  }
  let state = input.bits(stateBits);
  for (let from = 0; from < rows; ) {
    const end = Math.min(rows, from + input.golomb(runOrder) + 1);
    into.fill(state, from, end);
    from = end;
    if (from < rows) state = (state + 1 + input.bits(1)) % stateCount;
  }
}

function runEnd(states: Uint8Array, from: number, rows: number): number {
  let end = from + 1;
  while (end < rows && states[end] === states[from]) end += 1;
  return end;
}
