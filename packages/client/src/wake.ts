/** Calls `listener` when the network comes back or the page is shown or hidden. Returns how to stop. */
export function onWake(listener: () => void): () => void {
  const scope: unknown = globalThis;
  const stop = new AbortController();
  // In Node the global object is no event target.
  if (scope instanceof EventTarget) {
    for (const type of ["online", "visibilitychange"]) scope.addEventListener(type, listener, stop);
  }
  return () => stop.abort();
}
