import "../styles/panels.css";
import "../styles/table.css";
import { timeText } from "../charts/times.js";
import type { HealthReport } from "../data/health.js";
import { formatDuration, formatValue } from "../data/units.js";
import type { Page } from "../shell/page.js";

const bytes = { unit: "bytes", isRate: false };
const bytesPerSecond = { unit: "bytes", isRate: true };
const ratio = { unit: "ratio", isRate: false };
const number = { unit: "", isRate: false };

/** All that the health report says. */
export function Overview({ page }: { readonly page: Page }) {
  const health = page.health.value;
  if (!health) return <div class="empty">{page.healthFault.value || "Asking for health…"}</div>;
  return (
    <div class="panels">
      {health.alerts.active.length > 0 && <Alerts health={health} isUtc={page.isUtc.value} />}
      <Service health={health} />
      <Limits health={health} />
      <Cost health={health} />
      <Sources health={health} isUtc={page.isUtc.value} />
      {page.instances.value.length > 1 && <Instances page={page} />}
    </div>
  );
}

interface Part {
  readonly health: HealthReport;
}

/** What fires, the oldest first. */
function Alerts({ health: { alerts }, isUtc }: Part & { readonly isUtc: boolean }) {
  const more = alerts.count - alerts.active.length;
  return (
    <section class="panel wide" data-alerts={alerts.count}>
      <h2>Alerts</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Alert</th>
              <th scope="col">Severity</th>
              <th scope="col">Value</th>
              <th scope="col">Since</th>
              <th scope="col">What it says</th>
            </tr>
          </thead>
          <tbody>
            {alerts.active.map(({ id, severity, value, sinceMs, summary }) => (
              <tr key={id} data-alert={id}>
                <th scope="row">
                  <bdi>{id}</bdi>
                </th>
                <td class={severity === "info" ? "" : "bad"}>{severity}</td>
                <td>{Number.isNaN(value) ? "–" : formatValue(value, number)}</td>
                <td>{timeText(sinceMs, isUtc)}</td>
                <td>
                  <bdi>{summary || "–"}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p class="value">and {more} more</p>}
    </section>
  );
}

function Service({ health }: Part) {
  return (
    <section class="panel">
      <h2>Service</h2>
      <dl>
        <Row name="Health" value={health.status} isBad={health.status !== "ok"} />
        {health.reasons.length > 0 && <Row name="Because of" value={health.reasons.join(", ")} isBad />}
        <Row name="Instance" value={health.instance} />
        <Row name="Up for" value={formatDuration(health.uptimeMs)} />
        <Row
          name="Store"
          value={`${health.store.name} – ${health.store.status}`}
          isBad={health.store.status !== "ok"}
        />
        {health.store.lagMs > 0 && <Row name="Store lags" value={formatDuration(health.store.lagMs)} />}
        {health.overflowing.length > 0 && (
          <Row name="Overflowing" value={health.overflowing.join(", ")} isBad />
        )}
        <Row name="metricast" value={health.version} />
      </dl>
    </section>
  );
}

function Row({
  name,
  value,
  isBad = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? "bad" : ""}>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

function Limits({ health }: Part) {
  return (
    <section class="panel">
      <h2>Limits</h2>
      <ul class="bars">
        {health.limits.map(({ name, used, limit, near }) => (
          <li key={name} class={near ? "near" : ""}>
            <bdi>{name}</bdi>
            <span class="value">
              {limitText(name, used)} of {limitText(name, limit)}
              {near && <strong> near its limit</strong>}
            </span>
            <meter min={0} max={limit} high={limit * 0.85} value={used} aria-label={name} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function limitText(name: string, value: number): string {
  return formatValue(value, /bytes/i.test(name) || /memory/i.test(name) ? bytes : number);
}

function Sources({ health, isUtc }: Part & { readonly isUtc: boolean }) {
  return (
    <section class="panel wide">
      <h2>Sources</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">State</th>
              <th scope="col">Failures</th>
              <th scope="col">Last read</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {health.sources.map((source) => (
              <tr
                key={`${source.channel} ${source.name}`}
                data-source={source.name}
                data-status={source.status}
              >
                <th scope="row">
                  <bdi>{source.name}</bdi>
                </th>
                <td class={source.status === "ok" ? "ok" : "bad"}>{source.status}</td>
                <td>{source.failures}</td>
                <td>{Number.isNaN(source.lastReadMs) ? "–" : timeText(source.lastReadMs, isUtc)}</td>
                <td>
                  <bdi>{source.lastError.slice(0, 300) || "–"}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Cost({ health: { cost, memory, pressure } }: Part) {
  return (
    <section class="panel">
      <h2>What metricast costs</h2>
      <dl>
        <Row name="Event loop" value={formatValue(cost.cpuShare, ratio)} />
        <Row name="Sources" value={formatValue(cost.sourcesShare, ratio)} />
        <Row name="Sends" value={formatValue(cost.sentBytesPerSecond, bytesPerSecond)} />
        <Row
          name="Memory"
          value={`${formatValue(memory.usedBytes, bytes)} of ${formatValue(memory.limitBytes, bytes)}`}
        />
        {memory.holds !== "" && <Row name="Keeps" value={memory.holds} />}
        <Row
          name="Sheds"
          value={pressure.level > 0 ? `level ${pressure.level}` : "nothing"}
          isBad={pressure.level > 0}
        />
      </dl>
    </section>
  );
}

function Instances({ page }: { readonly page: Page }) {
  return (
    <section class="panel">
      <h2>Instances</h2>
      <ul class="plain">
        {page.instances.value.map(({ name, status }) => (
          <li key={name} class={status === "live" ? "" : "dead"}>
            <bdi>{name}</bdi> {status}
          </li>
        ))}
      </ul>
    </section>
  );
}
