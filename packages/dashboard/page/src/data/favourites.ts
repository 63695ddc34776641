const place = "metricast favourites";
const mostFavourites = 200;

type Drawer = Pick<Storage, "getItem" | "setItem">;

/** Charts that somebody marked, in this browser. A browser that keeps nothing has none. */
export function readFavourites(storage: Drawer | undefined): string[] {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(place) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((id) => typeof id === "string").slice(0, mostFavourites);
  } catch {
    return [];
  }
}

export function writeFavourites(storage: Drawer | undefined, ids: readonly string[]): void {
  try {
    storage?.setItem(place, JSON.stringify(ids.slice(0, mostFavourites)));
  } catch {
    // A full or forbidden storage loses the marks with the page, nothing else.
  }
}
