const types = ["online", "visibilitychange"];

/** Calls `listener` when the network comes back or the page is shown or hidden. Returns how to stop. */
export function onWake(listener: () => void): () => void {
  const scope: unknown = globalThis;
  // In Node the global object is no event target.
  if (!(scope instanceof EventTarget)) return () => undefined;
  for (const type of types) scope.addEventListener(type, listener);
  return () => {
    for (const type of types) scope.removeEventListener(type, listener);
  };
}
