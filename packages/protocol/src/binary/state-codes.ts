/** Widths of fields that the state of a keyframe consists of. */
export const causeBits = 3;
export const orderOrder = 1;
export const lengthOrder = 1;
