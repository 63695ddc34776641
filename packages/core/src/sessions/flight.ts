/**
 * Bytes sent to a session and not known to have arrived. The kernel takes megabytes before `bufferedBytes` moves, so
 * arrival is learned from pings: what was sent before an answered ping has arrived.
 */
export class Flight {
  #sent = 0;
  #confirmed = 0;
  #pingedAt = 0;
  #pings = 0;
  #outstanding = false;
  /** The same of the control lane's part: replies and notices. */
  #laneSent = 0;
  #laneConfirmed = 0;
  #lanePingedAt = 0;

  get bytes(): number {
    return this.#sent - this.#confirmed;
  }

  get isPinging(): boolean {
    return this.#outstanding;
  }

  get laneBytes(): number {
    return this.#laneSent - this.#laneConfirmed;
  }

  /** `laneBytes`: of the bytes, those of the control lane. */
  sent(bytes: number, laneBytes = 0): void {
    this.#sent += bytes;
    this.#laneSent += laneBytes;
  }

  /** Whether enough was sent for a ping ahead of the heartbeat; at most one is outstanding. */
  wantsPing(afterBytes: number): boolean {
    return !this.#outstanding && this.#sent - this.#pingedAt >= afterBytes;
  }

  /** Payload of the next ping, of which there must be none outstanding. */
  ping(): Uint8Array {
    this.#outstanding = true;
    this.#pingedAt = this.#sent;
    this.#lanePingedAt = this.#laneSent;
    return Buffer.from(String(++this.#pings));
  }

  /** False for a pong that answers no ping of ours. */
  pong(payload: Uint8Array): boolean {
    if (!this.#outstanding || Buffer.from(payload).toString("latin1") !== String(this.#pings)) return false;
    this.#outstanding = false;
    this.#confirmed = this.#pingedAt;
    this.#laneConfirmed = this.#lanePingedAt;
    return true;
  }
}
