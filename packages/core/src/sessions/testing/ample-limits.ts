/** Limits of admission that a test meets only where it sets them lower. */
export const ampleLimits = {
  maxClients: 100,
  maxClientsPerAddress: 256,
  acceptsPerSecond: 500,
  acceptsPerSecondPerAddress: 10,
  acceptBurstPerAddress: 100,
  hookTimeoutMs: 5_000,
  fanOutSliceMs: 2,
};
