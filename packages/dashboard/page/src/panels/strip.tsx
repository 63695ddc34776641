import { formatDuration, formatValue } from "../data/units.js";
import type { Page } from "../shell/page.js";

/** How the service and metricast are doing, in one line above the charts. */
export function Strip({ page }: { readonly page: Page }) {
  const health = page.health.value;
  const fault = page.healthFault.value;
  const isLive = page.connection.value.name === "live";
  const status = healthWord(health?.status, isLive, fault);
  if (!health) {
    return (
      <section class="strip" aria-label="Overview">
        <Tile
          name="Health"
          value={status}
          note={fault}
          test="health"
          status={status}
          tone={status === "down" ? "bad" : "ok"}
        />
      </section>
    );
  }
  const { clients, memory, cost, pressure, sources } = health;
  const failing = sources.filter((source) => source.status !== "ok");
  const near = health.limits.filter((limit) => limit.near);
  const go = () => {
    page.place.value = "overview";
  };
  return (
    <section class="strip" aria-label="Overview">
      <Tile
        name="Health"
        value={status}
        note={health.reasons.join(", ")}
        test="health"
        status={status}
        tone={toneOf(status)}
        go={go}
      />
      <Tile
        name="Clients"
        value={String(page.clients.value ?? clients.count)}
        note={`of ${clients.limit}`}
        test="clients"
        tone={shareTone(clients.count / clients.limit)}
        go={go}
      />
      <Tile
        name="Sources"
        value={`${sources.length - failing.length}/${sources.length}`}
        note={failing.map(({ name }) => name).join(", ")}
        tone={failing.length > 0 ? "bad" : "ok"}
        go={go}
      />
      <Tile
        name="Limits"
        value={near.length === 0 ? "ok" : `${near.length} near`}
        note={near.map(({ name }) => name).join(", ")}
        tone={near.length > 0 ? "warn" : "ok"}
        go={go}
      />
      <Tile
        name="Loop late"
        value={formatValue(pressure.lateMs / 1_000, seconds)}
        note={pressure.level > 0 ? `sheds, level ${pressure.level}` : ""}
        tone={pressure.level > 0 ? "warn" : "ok"}
        go={go}
      />
      <Tile name="Own CPU" value={formatValue(cost.cpuShare, ratio)} note="" tone="ok" go={go} />
      <Tile
        name="History"
        value={formatValue(memory.usedBytes, bytes)}
        note=""
        tone={shareTone(memory.usedBytes / memory.limitBytes)}
        go={go}
      />
      <Tile
        name="Events"
        value={String(page.eventCount.value)}
        note=""
        tone="ok"
        go={() => (page.place.value = "events")}
      />
      <Tile name="Up" value={formatDuration(health.uptimeMs)} note={health.instance} tone="ok" go={go} />
    </section>
  );
}

const seconds = { unit: "seconds", isRate: false };
const ratio = { unit: "ratio", isRate: false };
const bytes = { unit: "bytes", isRate: false };

type Tone = "ok" | "warn" | "bad";

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
  readonly test?: string;
  readonly status?: string;
  readonly go?: () => void;
}

function Tile({ name, value, note, tone, test, status, go }: TileProps) {
  return (
    <button
      type="button"
      class={`tile ${tone}`}
      data-testid={test}
      data-status={status}
      title={note}
      onClick={go}
    >
      <span class="name">{name}</span>
      <span class="value">
        {value}
        <bdi class="note">{note}</bdi>
      </span>
    </button>
  );
}

function healthWord(
  status: string | undefined,
  isLive: boolean,
  fault: string,
): "ok" | "degraded" | "down" | "unknown" {
  if (!isLive && (fault !== "" || status === undefined)) return "down";
  if (status === undefined) return "unknown";
  return status === "ok" ? "ok" : "degraded";
}

function toneOf(status: string): Tone {
  if (status === "ok") return "ok";
  return status === "down" ? "bad" : "warn";
}

function shareTone(share: number): Tone {
  if (share >= 0.95) return "bad";
  return share >= 0.85 ? "warn" : "ok";
}
