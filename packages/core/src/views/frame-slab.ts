import type { BitWriter } from "@metricast/protocol";
import { EncodedFrame, headRoomBytes } from "../contracts/connection.js";

/** Some thirty frames of usual size: making a buffer costs more than writing one of them. */
const slabBytes = 2_048;
/** Larger ones get a buffer of their own. */
const mostBytes = slabBytes / 4;

/**
 * Frames of one view that are kept for about as long as each other, one behind the other in a buffer. A view has its own,
 * so that nothing it keeps holds what others have let go of.
 */
export class FrameSlab {
  #buffer = Buffer.alloc(0);
  #view = new DataView(this.#buffer.buffer);
  #at = 0;

  /** A copy of what is written, with room for a header. */
  frame(written: BitWriter): EncodedFrame {
    const length = written.byteLength;
    if (length > mostBytes) return EncodedFrame.binary(written.peek());
    if (this.#at + headRoomBytes + length > this.#buffer.length) this.#begin();
    const at = this.#at + headRoomBytes;
    written.copyTo(this.#view, at);
    this.#at = at + length;
    return new EncodedFrame(this.#buffer, true, at, length);
  }

  #begin(): void {
    this.#buffer = Buffer.allocUnsafeSlow(slabBytes);
    this.#view = new DataView(this.#buffer.buffer);
    this.#at = 0;
  }
}
