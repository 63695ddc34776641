import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ChartGrid } from "../panels/chart-grid.js";
import { Strip } from "../panels/strip.js";
import { Header } from "./header.js";
import { Lazy } from "./lazy.js";
import { Nav } from "./nav.js";
import { isHosts, isOwn } from "./own-metrics.js";
import type { Page } from "./page.js";
import { Toolbar } from "./toolbar.js";

export function App({ page }: { readonly page: Page }) {
  const searchBox = useRef<HTMLInputElement>(null);
  useEffect(() => void listenToKeys(page, searchBox), [page]);
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
      <Lazy load={tooltip} props={{ page }} />
      {page.isHelpOpen.value && <Lazy load={help} props={{ page }} />}
    </>
  );
}

function Content({ page }: { readonly page: Page }) {
  const place = page.place.value;
  if (place === "overview") return <Lazy key="overview" load={overview} props={{ page }} />;
  if (place === "events") return <Lazy key="events" load={eventsLog} props={{ page }} />;
  if (place === "own")
    return <ChartGrid key="own" page={page} isShown={isOwn} label="metricast's own metrics" />;
  return <ChartGrid key="charts" page={page} isShown={isHosts} label="Charts" />;
}

/** For as long as the page lives. */
async function listenToKeys(page: Page, searchBox: RefObject<HTMLInputElement | null>): Promise<void> {
  const keyboard = await import("./keyboard.js");
  keyboard.listenToKeys(page, () => searchBox.current);
}

const overview = async () => (await import("../panels/overview.js")).Overview;
const eventsLog = async () => (await import("../panels/events-log.js")).EventsLog;
const tooltip = async () => (await import("../charts/tooltip.js")).Tooltip;
const help = async () => (await import("./help.js")).Help;
