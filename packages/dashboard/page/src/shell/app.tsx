import { useEffect, useRef } from "preact/hooks";
import { ChartGrid } from "../panels/chart-grid.js";
import { EventsLog } from "../panels/events-log.js";
import { Overview } from "../panels/overview.js";
import { Strip } from "../panels/strip.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { listenToKeys } from "./keyboard.js";
import { Nav } from "./nav.js";
import { isHosts, isOwn } from "./own-metrics.js";
import type { Page } from "./page.js";
import { Toolbar } from "./toolbar.js";

export function App({ page }: { readonly page: Page }) {
  const searchBox = useRef<HTMLInputElement>(null);
  useEffect(() => listenToKeys(page, () => searchBox.current), [page]);
  const { value } = page.window;
  const still = value.mode === "fixed" && value.isPaused ? "paused" : "zoomed";
  return (
    <>
      <Header page={page} searchBox={searchBox} />
      <div class="body">
        <Nav page={page} />
        <main data-mode={value.mode === "live" ? "live" : still}>
          <Toolbar page={page} />
          <Strip page={page} />
          <Content page={page} />
        </main>
      </div>
      <Help page={page} />
    </>
  );
}

function Content({ page }: { readonly page: Page }) {
  const place = page.place.value;
  if (place === "overview") return <Overview page={page} />;
  if (place === "events") return <EventsLog page={page} />;
  if (place === "own")
    return <ChartGrid key="own" page={page} isShown={isOwn} label="metricast's own metrics" />;
  return <ChartGrid key="charts" page={page} isShown={isHosts} label="Charts" />;
}
