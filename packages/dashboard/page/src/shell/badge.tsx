import { nowMs } from "../clock.js";
import type { Quality } from "../data/feed.js";
import { formatDuration } from "../data/units.js";
import type { Page } from "./page.js";

interface Word {
  readonly state:
    | "live"
    | "catching-up"
    | "coarse"
    | "stale"
    | "connecting"
    | "disconnected"
    | "login"
    | "paused";
  readonly text: string;
  readonly title: string;
}

/** Whether what is shown is live, and if not, why. */
export function Badge({ page }: { readonly page: Page }) {
  const { state, text, title } = wordOf(page);
  const age = page.ageMs.value;
  return (
    <span class="badge-box">
      <span role="status" class="badge" data-testid="connection" data-state={state} title={title}>
        <span class="dot" />
        {text}
      </span>
      <span class="age" data-testid="age" title="Age of the newest point">
        {Number.isNaN(age) ? "" : formatDuration(age)}
      </span>
    </span>
  );
}

function wordOf(page: Page): Word {
  const connection = page.connection.value;
  const { lastFault, lostAtMs, metrics, access } = page;
  if (access.isRefused.value) {
    return {
      state: "login",
      text: "not logged in",
      title: "Log in again and reload, or open the address that the service printed as it started.",
    };
  }
  const since =
    lostAtMs.value === undefined ? "" : ` since ${formatDuration(Math.max(0, nowMs() - lostAtMs.value))}`;
  if (connection.name === "closed") {
    return {
      state: "disconnected",
      text: `closed: ${connection.reason || connection.code}`,
      title: "The server wants no more of this connection. Reload to try again.",
    };
  }
  if (connection.name !== "live") {
    // The age ticks, and this with it.
    page.ageMs.value;
    const isFirst = metrics.value === undefined;
    return {
      state: isFirst ? "connecting" : "disconnected",
      text: isFirst ? "connecting…" : `disconnected${since}`,
      title: `Tries again by itself. ${lastFault.value}`,
    };
  }
  const window = page.window.value;
  if (window.mode === "fixed" && window.isPaused) {
    const behind = Math.max(0, page.edge.headMs - window.toMs);
    page.edgeMs.value;
    return { state: "paused", text: `paused · ${formatDuration(behind)} wait`, title: "Space goes on." };
  }
  if (page.isLate.value)
    return {
      state: "stale",
      text: "stale",
      title: "Connected, and no new points come: the server may be held up.",
    };
  return (
    qualityWord(page.quality.value) ?? {
      state: "live",
      text: "live",
      title: `Connected to ${connection.instance}.`,
    }
  );
}

/** Undefined where all comes as it should. */
function qualityWord({ state, reason }: Quality): Word | undefined {
  if (state === "live") return undefined;
  const because = reason === "shed" ? "the server is short of time" : "this connection is slow";
  if (state === "catching_up") {
    return { state: "catching-up", text: "catching up", title: `Points were missed and follow: ${because}.` };
  }
  const title =
    state === "coarse" ? `Fewer points than usual: ${because}.` : `Only newest values come: ${because}.`;
  return { state: "coarse", text: `coarse: ${because}`, title };
}
