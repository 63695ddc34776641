/** Far above what is measured: the load comes from one address, and all at once. */
const plenty = 100_000;

/** Options of a metricast that holds nobody up, as the options' page names them. */
export const roomyLimits = {
  public: true,
  maxClients: plenty,
  maxClientsPerAddress: plenty,
  acceptsPerSecond: plenty,
  acceptsPerSecondPerAddress: plenty,
  acceptBurstPerAddress: plenty,
  maxSeries: plenty,
  maxLabelSets: plenty,
  // On a busy machine it would send less than what it is compared with; and leaps of a clock are no standstills.
  shed: false,
} as const;

/** In a burst hours pass within seconds. Peers send no heartbeats then, so metricast is to send only some. */
export function rareHeartbeats(intervalMs: number): { heartbeatMs: number; deadAfterMs: number } {
  return { heartbeatMs: 100 * intervalMs, deadAfterMs: 300 * intervalMs };
}
