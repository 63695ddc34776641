/** Of the services that faults are put to: every tick is a point whose value is its number. */
export const intervalMs = 100;
