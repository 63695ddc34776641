import type { BitWriter } from "@metricast/protocol";
import { BitReader, ColumnReader, ColumnWriter } from "@metricast/protocol";
import type { Span } from "./raw-segment.js";

/** The ticks that a packed segment's rows end at: nothing where no step is missing, else a column. */

type Ends = Pick<Span, "rows" | "firstEnd" | "lastEnd">;

function isUnbroken({ rows, firstEnd, lastEnd }: Ends, stepTicks: number): boolean {
  return lastEnd - firstEnd === (rows - 1) * stepTicks;
}

export function writeEnds(out: BitWriter, span: Ends & Pick<Span, "ends">, stepTicks: number): void {
  if (!isUnbroken(span, stepTicks)) new ColumnWriter().write(out, span.ends(), span.rows);
}

/** `at`: the byte where they stand. */
export function readEnds(bytes: Uint8Array, at: number, span: Ends, stepTicks: number): Float64Array {
  const ends = new Float64Array(span.rows);
  if (!isUnbroken(span, stepTicks)) new ColumnReader().read(new BitReader(bytes, at * 8), ends, span.rows);
  else for (let row = 0; row < span.rows; row += 1) ends[row] = span.firstEnd + row * stepTicks;
  return ends;
}
