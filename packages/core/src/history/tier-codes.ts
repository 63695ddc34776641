/** How the columns of a tier's packed segment are told. */

/**
 * Of a gauge's bucket `last` comes first. `flat`: all samples of a bucket were the same. `whole`: min, max and sum as
 * differences from what they would be then; these are exact where all are whole numbers. `plain`: as they are.
 */
export const gaugeForms = { flat: 0, whole: 1, plain: 2 } as const;

/** Of a counter's bucket the total comes first. `last` is the same, less by one number throughout, or anything. */
export const lastForms = { same: 0, less: 1, plain: 2 } as const;

export const formBits = 2;
/** Of the length in bits before a slot's columns. */
export const cellLengthOrder = 6;
