import type { Clock } from "@metricast/core";

/** What a promise gives, or a rejection when it gives nothing in time; what comes later is let go. */
export function within<T>(clock: Clock, ms: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`${what}: no answer within ${ms} ms`)));
    promise.then(resolve, reject).finally(cancel);
  });
}
