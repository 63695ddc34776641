import type { Sample, SourceFunction } from "metricast";

const routes = ["/", "/products/:id", "/basket", "/orders"];
const countries = ["de", "fr", "it", "es", "pl"];
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * The metrics of a shop that does not exist, the same each time: days in minutes, some noise, and every six minutes a
 * checkout that hangs for one.
 */
export function shopSource(): SourceFunction {
  const total = { requests: routes.map(() => 0), orders: countries.map(() => 0) };
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let [sum, count, reads] = [0, 0, 0];
  return () => {
    reads += 1;
    const hangs = reads % 360 > 300;
    const busy = 1.3 + Math.sin(reads / 45) * 0.5 + noise(reads) * 0.3;
    const seconds = (hangs ? 0.3 : 0.02) * busy;
    for (const [at] of routes.entries())
      total.requests[at] = (total.requests[at] ?? 0) + busy * (40 - at * 9);
    for (const [at] of countries.entries())
      total.orders[at] = (total.orders[at] ?? 0) + busy * (hangs ? 0.2 : 5 - at);
    for (let request = 0; request < 40; request++) {
      const took = seconds * (0.3 + noise(reads * 40 + request) ** 3 * 6);
      const slot = bounds.findIndex((bound) => took <= bound);
      const at = slot < 0 ? bounds.length : slot;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += took;
      count += 1;
    }
    const wave = (speed: number) => Math.sin(reads / speed) + 1.2;
    return [
      {
        name: "http_request_duration_seconds",
        unit: "seconds",
        help: "Time to answer.",
        value: { bounds, counts: [...counts], sum, count },
      },
      ...labelled("http_requests_total", "route", routes, total.requests, "counter"),
      ...labelled("shop_orders_total", "country", countries, total.orders, "counter"),
      { name: "shop_visitors", value: Math.round(busy * 400), help: "People in the shop." },
      { name: "shop_basket_value_euros", value: 40 + wave(60) * 12 + noise(reads + 7) * 4 },
      { name: "shop_checkout_wait_seconds", value: seconds, unit: "seconds" },
      { name: "cache_hit_ratio", value: 0.97 - wave(80) / 30 - (hangs ? 0.2 : 0), unit: "ratio" },
      { name: "cache_bytes", value: 4e8 + wave(120) * 6e7, unit: "bytes" },
      { name: "db_pool_connections", value: Math.round((hangs ? 19 : 6) * busy) },
      { name: "db_query_wait_seconds", value: seconds / 6, unit: "seconds" },
      { name: "db_rows_read_total", kind: "counter", value: Math.round(reads * 900 + wave(20) * 4_000) },
      { name: "queue_length", value: Math.round((hangs ? 160 : 12) * busy) },
      { name: "queue_age_seconds", value: (hangs ? 20 : 0.8) * busy, unit: "seconds" },
      ...labelled(
        "shop_stock",
        "country",
        countries,
        countries.map((_, at) => wave(50 + at * 9) * (at + 2) * 40),
      ),
    ];
  };
}

function labelled(
  name: string,
  label: string,
  names: readonly string[],
  values: readonly number[],
  kind: "counter" | "gauge" = "gauge",
): Sample[] {
  return names.map((text, at) => ({ name, kind, value: values[at] ?? 0, labels: { [label]: text } }));
}

/** Between 0 and 1, the same for the same number. */
function noise(seed: number): number {
  const wild = Math.sin(seed * 12.9898) * 43_758.5453;
  return wild - Math.floor(wild);
}
