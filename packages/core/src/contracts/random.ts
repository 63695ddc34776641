/** Where randomness comes from. */
export interface Random {
  /** Cryptographically strong bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), good enough for jitter. */
  fraction(): number;
}
