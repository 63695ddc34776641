import { effect } from "@preact/signals";
import { after } from "../clock.js";
import { writeFavourites } from "../data/favourites.js";
import { readUrl, writeUrl } from "../data/url-state.js";
import { forgetChanges } from "./compare.js";
import { type Page, themePlace } from "./page.js";

/** Keeps address, storage, theme and visibility in step with the page. Returns what ends it. */
export function watchBrowser(page: Page, local: Storage | undefined): () => void {
  const ends = [
    nameTab(page),
    forgetChanges(page),
    followTheme(page, local),
    followVisibility(page),
    followAddress(page),
    keepFavourites(page, local),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function nameTab({ connection }: Page): () => void {
  return effect(() => {
    const { value } = connection;
    document.title = value.name === "live" ? `${value.instance} · metricast` : "(disconnected) metricast";
  });
}

function followTheme({ theme, systemIsDark, isDark }: Page, local: Storage | undefined): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const heard = () => {
    systemIsDark.value = media.matches;
  };
  heard();
  media.addEventListener("change", heard);
  const stop = effect(() => {
    document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
    keep(local, themePlace, theme.value);
  });
  return () => {
    media.removeEventListener("change", heard);
    stop();
  };
}

function followVisibility({ isHidden }: Page): () => void {
  const heard = () => {
    isHidden.value = document.hidden;
  };
  heard();
  document.addEventListener("visibilitychange", heard);
  return () => document.removeEventListener("visibilitychange", heard);
}

const writeAfterMs = 250;

/** The address says what is shown; another one in the bar is gone to. */
function followAddress(page: Page): () => void {
  let cancel = (): void => undefined;
  const stop = effect(() => {
    const hash = writeUrl(stateOf(page));
    cancel();
    cancel = after(writeAfterMs, () => {
      // A start token in the address has done its work, and is not to be shared with the view.
      const { pathname } = location;
      history.replaceState(null, "", `${pathname}${hash}`);
    });
  });
  const heard = () => applyAddress(page);
  addEventListener("hashchange", heard);
  return () => {
    cancel();
    stop();
    removeEventListener("hashchange", heard);
  };
}

function stateOf({ place, search, window, open, isUtc, instance, folded }: Page) {
  return {
    place: place.value,
    search: search.value,
    window: window.value,
    open: open.value,
    isUtc: isUtc.value,
    instance: instance.value,
    folded: folded.value,
  };
}

function applyAddress(page: Page): void {
  const state = readUrl(location.hash);
  page.place.value = state.place;
  page.search.value = state.search;
  page.window.value = state.window;
  page.open.value = state.open;
  page.isUtc.value = state.isUtc;
  page.instance.value = state.instance;
  page.folded.value = state.folded;
}

function keepFavourites({ favourites }: Page, local: Storage | undefined): () => void {
  return effect(() => writeFavourites(local, favourites.value));
}

function keep(storage: Storage | undefined, name: string, value: string): void {
  try {
    storage?.setItem(name, value);
  } catch {
    // Then the choice lasts as long as the page.
  }
}
