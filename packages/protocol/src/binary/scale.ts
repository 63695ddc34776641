import { distance, type FloatBits } from "./float-bits.js";

/**
 * How a slot's numbers are written as whole numbers. 0 to 15: that many decimal places. 16 and 17: multiples of 1,024 and
 * 4,096. 32 to 47: decimal places (less 32) and a correction, in representable doubles. 63: the double itself.
 */
export type Scale = number;

export const rawScale = 63;
const kibi = 16;
const page = 17;
/** From here on scales have a correction, but for the raw one. */
export const correctedScales = 32;

const powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
/** Differences of such numbers are exact, too. */
const maxWhole = 2 ** 51;
const maxCorrection = 64;
const maxShortPlaces = 9;
/** Below this, multiples of 1,024 are as likely by chance. */
const leastPaged = 16_384;

export function isCorrected(scale: Scale): boolean {
  return scale >= correctedScales && scale < rawScale;
}

/** The number that a whole number at a scale stands for, before any correction. */
export function fromWhole(whole: number, scale: Scale): number {
  if (scale === 0) return whole;
  if (scale === kibi) return whole * 1_024;
  if (scale === page) return whole * 4_096;
  return whole / (powersOfTen[scale & 15] ?? 1);
}

/** The whole number of an exact scale; NaN where the number is none. */
export function toWhole(value: number, scale: Scale): number {
  if (scale === 0) return isWhole(value) ? value : Number.NaN;
  if (scale >= kibi) return toMultiple(value, scale === kibi ? 1_024 : 4_096);
  const places = powersOfTen[scale] ?? 1;
  const whole = Math.round(value * places);
  const isExact = whole / places === value && Math.abs(whole) < maxWhole;
  return isExact && (value !== 0 || !Object.is(value, -0)) ? whole : Number.NaN;
}

function toMultiple(value: number, unit: number): number {
  const whole = value / unit;
  // The smallest numbers become 0 when divided.
  return isWhole(whole) && (whole !== 0 || value === 0) ? whole : Number.NaN;
}

function isWhole(value: number): boolean {
  return Math.round(value) === value && Math.abs(value) < maxWhole && (value !== 0 || !Object.is(value, -0));
}

/** The whole number of a corrected scale; NaN where the number is too far from one. `float` is scratch. */
export function toNearestWhole(value: number, scale: Scale, float: FloatBits): number {
  const whole = nearestWhole(value, scale);
  return isNear(correctionOf(value, whole, scale, float)) ? whole : Number.NaN;
}

/** The same however far it is; NaN where differences would not be exact, and for -0. */
export function nearestWhole(value: number, scale: Scale): number {
  const whole = Math.round(value * (powersOfTen[scale & 15] ?? 1));
  if (whole === 0) return value === 0 && !Object.is(value, -0) ? 0 : Number.NaN;
  return Math.abs(whole) < maxWhole ? whole : Number.NaN;
}

/** How many doubles a number is away from what a whole number stands for. */
export function correctionOf(value: number, whole: number, scale: Scale, float: FloatBits): number {
  return distance(fromWhole(whole, scale), value, float);
}

/** Whether a number so many doubles away can be written with a correction. */
export function isNear(correction: number): boolean {
  return Math.abs(correction) <= maxCorrection;
}

/** Whether a number can be written at a scale as it is. */
export function fits(value: number, scale: Scale, float: FloatBits): boolean {
  if (scale === rawScale) return true;
  const whole = isCorrected(scale) ? toNearestWhole(value, scale, float) : toWhole(value, scale);
  return !Number.isNaN(whole);
}

/** The scale of a number with few decimal places, which is no full-precision one; undefined for others. */
export function shortScaleOf(value: number): Scale | undefined {
  // What has fewer places has so many as well, unless it is too large for that.
  const isFine = Math.abs(value) * (powersOfTen[maxShortPlaces] ?? 1) < maxWhole;
  if (isFine && Number.isNaN(toWhole(value, maxShortPlaces))) return undefined;
  for (let scale = 0; scale <= maxShortPlaces; scale += 1) {
    if (!Number.isNaN(toWhole(value, scale))) return scale;
  }
  return undefined;
}

/** The cheapest scale of a number; undefined for NaN, infinities and -0, which have none. */
export function scaleOf(value: number, float: FloatBits): Scale | undefined {
  if (!Number.isFinite(value) || Object.is(value, -0)) return undefined;
  if (Math.abs(value) >= leastPaged && value % 1_024 === 0) {
    const scale = value % 4_096 === 0 ? page : kibi;
    if (fits(value, scale, float)) return scale;
  }
  for (let scale = 0; scale < kibi; scale += 1) if (fits(value, scale, float)) return scale;
  for (let scale = correctedScales + 1; scale <= correctedScales + 12; scale += 1)
    if (fits(value, scale, float)) return scale;
  return rawScale;
}
