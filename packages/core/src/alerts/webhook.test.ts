import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { manualClock, seededRandom, until } from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";
import type { Random } from "../contracts/random.js";
import { Stats } from "../health/stats.js";
import type { Alert } from "./alert.js";
import type { WebhookOptions } from "./rule.js";
import { Webhook } from "./webhook.js";

const secret = "a secret of many characters";
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Received {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A real server on loopback that answers as it is told, one after the other; undefined: never. */
async function receiver(...answers: (number | undefined)[]) {
  const received: Received[] = [];
  const held: ServerResponse[] = [];
  const url = await listening((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      received.push({ body, headers: request.headers });
      const status = answers.length > 0 ? answers.shift() : 204;
      if (status === undefined) held.push(response);
      else response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  return { received, url };
}

/** Resolves to the address that alerts are posted to. */
async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return `http://127.0.0.1:${address.port}/hook`;
}

function open(url: string, options: Partial<WebhookOptions> = {}) {
  return made({ url, secret, ...options });
}

function made(options: WebhookOptions, random: Random = seededRandom(1)) {
  const clock = manualClock();
  const stats = new Stats();
  const reports: unknown[] = [];
  const webhook = new Webhook({
    options,
    clock,
    random,
    stats,
    report: (...report) => reports.push(report.slice(0, 3)),
  });
  ends.push(() => webhook.stop());
  return { clock, stats, reports, webhook };
}

function alertOf(id: string): Alert {
  return {
    id,
    rule: "busy",
    state: "firing",
    severity: "warning",
    labels: {},
    channel: "metrics",
    value: 1,
    sinceMs: 5,
  };
}

test("what fails twice comes at the third attempt, signed, once, and before what came after it", async () => {
  const { received, url } = await receiver(503, 500);
  const { clock, stats, reports, webhook } = open(url, { timeoutMs: 60_000 });
  webhook.post(alertOf("one"));
  webhook.post(alertOf("two"));
  // A step of the clock may pass before what came is seen.
  const atMs: number[] = [];
  await until(() => {
    clock.advance(50);
    while (atMs.length < received.length) atMs.push(clock.monotonicMs());
    return stats.alertDeliveries === 2;
  }, 20_000);
  const [first = 0, second = 0, third = 0] = atMs;
  expect([second - first >= 450, third - second >= 950]).toEqual([true, true]);
  expect(received.map(({ body }) => JSON.parse(body).id)).toEqual(["one", "one", "one", "two"]);
  const ids = received.map(({ headers }) => headers["metricast-delivery"]);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(ids[3]).not.toBe(ids[0]);
  for (const { body, headers } of received) {
    const [, at, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["metricast-signature"])) ?? [];
    expect(digest).toBe(createHmac("sha256", secret).update(`${at}.${body}`).digest("hex"));
    expect(Math.abs(Number(at) * 1_000 - clock.dateMs())).toBeLessThan(60_000);
  }
  expect([stats.alertsUndelivered, reports]).toEqual([0, []]);
});

test("what is refused is not tried again, and a redirect is not followed", async () => {
  const { received, url } = await receiver(404, 302);
  const { stats, reports, webhook } = open(url);
  for (const id of ["one", "two", "three"]) webhook.post(alertOf(id));
  await until(() => stats.alertDeliveries === 1);
  expect(received).toHaveLength(3);
  expect(stats.alertsUndelivered).toBe(2);
  expect(reports).toEqual(
    ["status 404", "status 302"].map((why) => [
      "error",
      "MC_ALERT_UNDELIVERED",
      { key: "webhook", why, attempts: 1 },
    ]),
  );
});

test("an answer that does not come is given up in time, and an alert after its attempts", async () => {
  const { received, url } = await receiver(undefined, undefined);
  const { clock, stats, reports, webhook } = open(url, { timeoutMs: 1_000, attempts: 2 });
  webhook.post(alertOf("one"));
  for (const attempts of [1, 2]) {
    await until(() => received.length === attempts);
    clock.advance(1_000);
    await until(() => stats.alertsUndelivered === 1 || clock.pendingTimers === 1);
    clock.advance(1_000);
  }
  await until(() => stats.alertsUndelivered === 1);
  expect(reports).toEqual([
    ["error", "MC_ALERT_UNDELIVERED", { key: "webhook", why: "no answer in time", attempts: 2 }],
  ]);
});

test("what an answer says is not read, as it may be endless: its connection is let go of", async () => {
  let gone = false;
  const url = await listening((request, response) => {
    request.resume();
    response.on("close", () => {
      gone = true;
    });
    response.writeHead(200).write("and");
  });
  const { stats, webhook } = open(url, { timeoutMs: 60_000 });
  webhook.post(alertOf("one"));
  await until(() => stats.alertDeliveries === 1);
  await until(() => gone);
});

test("where nobody listens the queue is bounded, and stopping leaves nothing", async () => {
  const { received, url } = await receiver(undefined);
  const { clock, stats, webhook } = open(url);
  for (let k = 0; k < 1_010; k += 1) webhook.post(alertOf(`${k}`));
  expect(stats.alertsUndelivered).toBe(10);
  await until(() => received.length === 1);
  webhook.stop();
  await until(() => clock.pendingTimers === 0);
  webhook.post(alertOf("late"));
  expect([clock.pendingTimers, received.length]).toEqual([0, 1]);
});

// What hosts without types give.
function asOptions(options: unknown): WebhookOptions {
  return JSON.parse(JSON.stringify(options));
}

describe("options that make no sense are refused:", () => {
  const url = "http://127.0.0.1:1/";
  test.each<[string, unknown]>([
    ["nothing", null],
    ["no url", { secret }],
    ["another scheme", { url: "ftp://127.0.0.1/", secret }],
    ["no secret", { url }],
    ["a short secret", { url, secret: "short" }],
    ["a time that is none", { url, secret, timeoutMs: 0 }],
    ["half an attempt", { url, secret, attempts: 0.5 }],
    ["an option there is not", { url, secret, retries: 3 }],
  ])("%s", (_, options) => {
    expect(() => made(asOptions(options))).toThrow("MC_ALERT_INVALID");
  });
});

test("services that failed together do not come back together: half of a pause is by chance", async () => {
  for (const [fraction, pauseMs] of [
    [0, 500],
    [0.5, 750],
  ] as const) {
    const { url } = await receiver(503);
    const random = { ...seededRandom(1), fraction: () => fraction };
    const { clock, webhook } = made({ url, secret, timeoutMs: 60_000 }, random);
    const delays: number[] = [];
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) => {
      delays.push(delayMs);
      return after(delayMs, run);
    };
    webhook.post(alertOf("one"));
    await until(() => delays.length === 2);
    expect(delays).toEqual([60_000, pauseMs]);
  }
});
