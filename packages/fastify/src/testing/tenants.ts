import fastifyCookie from "@fastify/cookie";
import { connect } from "@metricast/client";
import { until, WireClient } from "@metricast/testkit";
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from "fastify";
import { type Identity, type Sample, systemClock } from "metricast";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import fastifyMetricast from "../index.js";

// Two tenants in one app, told apart by its cookie. Whatever one of them tries, at any door, nothing says a word of the other.

export const tenants = {
  red: { name: "red_ruby_stock", shop: "rosewood", value: 1_234_567 },
  blue: { name: "blue_sapphire_stock", shop: "indigofera", value: 7_654_321 },
} as const;
type Tenant = keyof typeof tenants;

/** What no word of which may reach the other tenant, nor anybody else's. */
export const marksOf = (tenant: Tenant) => Object.values(tenants[tenant]).map(String);
export const common = "warehouse_total_of_all";

function samples(): Sample[] {
  const both = Object.entries(tenants).flatMap(([tenant, { name, shop, value }]) => [
    { name, value, labels: { tenant, shop } },
    { name: "sales", value: value + 1, labels: { tenant, shop } },
  ]);
  return [...both, { name: common, value: 42 }];
}

interface House {
  readonly app: FastifyInstance;
  readonly port: number;
  /** The session cookie of a tenant's user, or of one who belongs to none. */
  readonly cookieOf: (whose: Tenant | "all") => string;
}

export async function openHouse(): Promise<House> {
  const app = Fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.register(fastifyCookie, { secret: "the app's secret, of 32 characters" });
  const identityOf = (signed: string | undefined): Identity | null => {
    const { valid, value } = app.unsignCookie(signed ?? "");
    if (!valid || value === null) return null;
    return { id: `user of ${value}`, ...(value !== "all" && { scope: { tenant: value } }) };
  };
  const scope: FastifyPluginAsync = async (inner) => {
    inner.addHook("onRequest", async (request, reply) => {
      if (identityOf(request.cookies.who) === null) await reply.code(401).send("log in first");
    });
    await inner.register(fastifyMetricast, {
      intervalMs: 100,
      defaultSources: false,
      acceptBurstPerAddress: 10_000,
      sources: [samples],
      // Each fires at once, by the name of its series and of the shop.
      alerts: { rules: [{ name: "much", select: "*_stock", above: 1 }] },
      identify: (request) => identityOf(request.cookies.who),
      authenticate: ({ headers }) => identityOf(app.parseCookie(headers.get("cookie") ?? "").who),
    });
    app.decorate("cast", inner.metricast);
    inner.metricast.event("deploy", { of: marksOf("red"), and: marksOf("blue") });
  };
  await app.register(scope);
  const port = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  await until(() => app.cast.health().alerts.count === 2, 30_000, "both alerts");
  const cookieOf = (whose: string) => `who=${encodeURIComponent(app.signCookie(whose))}`;
  return { app, port, cookieOf };
}

declare module "fastify" {
  interface FastifyInstance {
    cast: FastifyInstance["metricast"];
  }
}

const selects = [
  "*",
  "*_stock",
  "sales",
  '*{shop!=""}',
  '*{tenant!="red"}',
  '*{tenant!="blue"}',
  '*{tenant=""}',
];
const channels = ["metrics", "metricast", "events", "alerts", "system", "none", "__proto__"];

export const range = () => ({ from: systemClock.dateMs() - 60_000, to: systemClock.dateMs() + 1_000 });

/** Everything that WebSockets say to somebody who asks for all there is; one for each channel, as refusals end a session. */
async function overSocket(url: string, cookie: string): Promise<string> {
  const headers = [["Cookie", cookie]] as const;
  const clients = await Promise.all([...channels, ""].map(() => WireClient.open(url, { headers })));
  const [last, ...others] = clients.reverse();
  for (const [k, client] of others.entries()) await askOf(client, channels[k] ?? "");
  if (last) await askSelects(last);
  const received = clients.map((client) => client.received);
  for (const { peer } of clients) peer.destroy();
  return JSON.stringify(received);
}

async function askOf(client: WireClient, channel: string): Promise<void> {
  await client.ask({ type: "list", channel });
  for (const merge of ["cluster", "instance"] as const) {
    await client.ask({ type: "query", items: [{ channel, merge, ...range() }] });
    await client.ask({ type: "subscribe", items: [{ channel, merge, sinceMs: 60_000 }] });
  }
}

async function askSelects(client: WireClient): Promise<void> {
  await client.ask({ type: "list" });
  for (const select of selects) {
    await client.ask({ type: "query", items: [{ channel: "metrics", select: [select], ...range() }] });
    await client.ask({
      type: "subscribe",
      items: [{ channel: "metrics", select: [select], sinceMs: 60_000 }],
    });
  }
  await client.ask({ type: "query", items: [{ channel: "metrics", select: ["*{"], ...range() }] });
  await client.ask({ type: "hello" });
  await client.ask({ type: "hello", token: "none" });
  await until(() => client.of("frame").length > 20, 10_000);
}

/** The same of the binary codec, as the client reads it. */
async function overClient(url: string, cookie: string): Promise<string> {
  class CookieSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols, { headers: { cookie } });
    }
  }
  const client = connect(url, { WebSocket: CookieSocket, codec: "binary" });
  const { series } = client.subscribe({ sinceMs: 60_000 });
  const stocks = client.subscribe({ select: ["*_stock"] });
  await until(() => series.columns().times.length > 5 && stocks.series.latest().size > 0, 10_000);
  const catalogue = await client.list();
  const asked = await client.query({
    select: ["*"],
    from: systemClock.dateMs() - 60_000,
    to: systemClock.dateMs(),
  });
  const held = [series.columns(), [...series.latest()], [...stocks.series.latest()], catalogue, asked];
  client.close();
  return JSON.stringify(held, (_, value: unknown) => (value instanceof Float64Array ? [...value] : value));
}

/** What every address says, streams for a while. */
export async function overHttp(base: string, cookie: string): Promise<string> {
  const paths = ["", "health", "overview", "metrics", "ticket", "catalogue", "query", "nothing"];
  for (const channel of channels) paths.push(`catalogue?channel=${channel}`, `query?channel=${channel}`);
  for (const select of selects) {
    for (const format of ["json", "csv"])
      paths.push(`query?format=${format}&select=${encodeURIComponent(select)}`);
  }
  paths.push(
    "query?select=*%7B",
    "query?items=%5B%7B",
    `stream?since=60000&select=*_stock`,
    "stream?channel=events&since=60000",
  );
  const asked = paths.map(async (path) => {
    const stop = new AbortController();
    const answer = await fetch(`${base}${path}`, { headers: { cookie }, signal: stop.signal });
    const head = `${path.split("?")[0]} ${answer.status} ${JSON.stringify([...answer.headers])}`;
    const said = `${head}\n${await textOf(answer)}`;
    stop.abort();
    return said;
  });
  return (await Promise.all(asked)).join("\n");
}

async function textOf(answer: Response): Promise<string> {
  const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (isStream && (text.match(/^data: /gm)?.length ?? 0) > 8) break;
    // After a refusal nothing follows, and after old events not so soon.
    if (isStream && /"type":"(error|events)"/.test(text)) break;
  }
  return text;
}

export const socketOf = (port: number) => `ws://127.0.0.1:${port}/metricast/`;
export const pageOf = (port: number) => `http://127.0.0.1:${port}/metricast/`;

/** Asks for everything there is at one kind of door, and gives all that was said. */
type Asking = (port: number, cookie: string) => Promise<string>;

const ways: readonly (readonly [string, Asking])[] = [
  ["sockets", (port, cookie) => overSocket(socketOf(port), cookie)],
  ["sockets, in binary", (port, cookie) => overClient(socketOf(port), cookie)],
  ["HTTP", (port, cookie) => overHttp(pageOf(port), cookie)],
];

/** What each tenant is told by a server that is put before the app; resolves to its port. */
export function tenantContract(server: string, portOf: (house: House) => Promise<number>): void {
  test.each(ways)(
    `over %s of ${server} each is shown what is its own, and nothing of the other or of all`,
    async (_, ask) => {
      const house = await openHouse();
      const port = await portOf(house);
      for (const [own, other] of [
        ["red", "blue"],
        ["blue", "red"],
      ] as const) {
        const said = await ask(port, house.cookieOf(own));
        for (const mark of marksOf(own)) expect(said).toContain(mark);
        for (const mark of [...marksOf(other), common]) expect(said.includes(mark), mark).toBe(false);
      }
      // The same questions bring all of it to light for whoever may see it.
      const said = await ask(port, house.cookieOf("all"));
      for (const mark of [...marksOf("red"), ...marksOf("blue"), common]) expect(said).toContain(mark);
    },
    60_000,
  );
}
