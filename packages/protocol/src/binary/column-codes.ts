/** How a column is written: one number for all points, a number for each, or a number after each run of points that stay. */
export const columnModes = { constant: 0, dense: 1, runs: 2 } as const;
export const modeBits = 2;
export const runOrderBits = 3;
export const startOrderBits = 6;
