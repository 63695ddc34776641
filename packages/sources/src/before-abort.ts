/** What `work` gives, or the signal's reason where it aborts before: what answers late is not waited for. */
export async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Work that fails after it was left is nobody's error.
  work.catch(() => {});
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
