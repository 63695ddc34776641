import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { onTestFinished } from "vitest";

/** Until the test has finished: how many bytes long each is that is compared in constant time. */
export function watchedComparisons(): readonly number[] {
  const { timingSafeEqual } = crypto;
  const lengths: number[] = [];
  crypto.timingSafeEqual = (left, right) => {
    lengths.push(left.byteLength);
    return timingSafeEqual(left, right);
  };
  syncBuiltinESMExports();
  onTestFinished(() => {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  });
  return lengths;
}
