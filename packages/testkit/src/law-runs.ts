/** How often a law is tried: as often as is usual, or as METRICAST_RUNS says, for a run that has time. */
export function lawRuns(usual: number): number {
  const { METRICAST_RUNS = "" } = process.env;
  return Number(METRICAST_RUNS) || usual;
}
