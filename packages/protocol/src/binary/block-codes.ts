/** Which points of a series are there: all, those with a bit set, or those whose count of samples is not 0. */
export const countModes = { full: 0, present: 1, counted: 2 } as const;
export const countModeBits = 2;
/** Ids in a block: no dictionary has more. */
export const maxIds = 0x10_0000;
