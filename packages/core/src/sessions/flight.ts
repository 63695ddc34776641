/**
 * Bytes sent to a session and not known to have arrived. The kernel takes megabytes before `bufferedBytes` moves, so
 * arrival is learned from pings: what was sent before an answered ping has arrived.
 */
export class Flight {
  #sent = 0;
  #confirmed = 0;
  #pingedAt = 0;
  #pings = 0;
  /** Payload of the ping that is not answered yet. */
  #outstanding: Uint8Array | undefined;
  /** The same of the control lane's part: replies and notices. */
  #laneSent = 0;
  #laneConfirmed = 0;
  #lanePingedAt = 0;

  get bytes(): number {
    return this.#sent - this.#confirmed;
  }

  get isPinging(): boolean {
    return this.#outstanding !== undefined;
  }

  get laneBytes(): number {
    return this.#laneSent - this.#laneConfirmed;
  }

  /** Bytes sent since the last ping, which an answer to it does not confirm. */
  get unpingedBytes(): number {
    return this.#sent - this.#pingedAt;
  }

  /** `laneBytes`: of the bytes, those of the control lane. Less than nothing for what was not accepted after all. */
  sent(bytes: number, laneBytes = 0): void {
    this.#sent += bytes;
    this.#laneSent += laneBytes;
  }

  /** A payload that no other ping of the session has. Pings that many sessions share are numbers alone. */
  ownPayload(): Uint8Array {
    return Buffer.from(`s${++this.#pings}`);
  }

  /** A ping was sent behind everything so far. There must be none outstanding. */
  pinged(payload: Uint8Array): void {
    this.#outstanding = payload;
    this.#pingedAt = this.#sent;
    this.#lanePingedAt = this.#laneSent;
  }

  /** False for a pong that answers no ping of ours. */
  pong(payload: Uint8Array): boolean {
    if (!this.#outstanding || Buffer.compare(this.#outstanding, payload) !== 0) return false;
    this.#outstanding = undefined;
    this.#confirmed = this.#pingedAt;
    this.#laneConfirmed = this.#lanePingedAt;
    return true;
  }
}
