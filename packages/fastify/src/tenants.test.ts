import { until, WireClient } from "@metricast/testkit";
import { expect, test } from "vitest";
import {
  common,
  marksOf,
  openHouse,
  overHttp,
  pageOf,
  range,
  socketOf,
  tenantContract,
  tenants,
} from "./testing/tenants.js";

tenantContract("Fastify", async ({ port }) => port);

test("what belongs to the other tenant is answered like what does not exist", async () => {
  const house = await openHouse();
  const client = await WireClient.open(socketOf(house.port), {
    headers: [["Cookie", house.cookieOf("red")]],
  });
  await until(() => client.of("welcome").length > 0);
  const within = range();
  const answers = async (name: string) => {
    const query = await client.ask({
      type: "query",
      items: [{ channel: "metrics", select: [name], ...within }],
    });
    const list = await client.ask({ type: "list", channel: "metrics", select: [name] });
    // The range ends where the newest tick is.
    return JSON.stringify([query, list]).replaceAll(/"(id|to)":\d+/g, "");
  };
  const nothing = await answers("no_such_stock");
  expect(await answers(tenants.blue.name)).toBe(nothing);
  expect(await answers(common)).toBe(nothing);
  expect(await answers(tenants.red.name)).not.toBe(nothing);
  client.peer.destroy();
});

test("without the cookie nobody is shown anything, and with it a token changes nothing", async () => {
  const house = await openHouse();
  const { port } = house;
  for (const cookie of ["who=red", house.cookieOf("red").slice(0, -3)]) {
    const said = await overHttp(pageOf(port), cookie);
    for (const mark of [...marksOf("red"), ...marksOf("blue"), common]) expect(said).not.toContain(mark);
    const client = await WireClient.open(socketOf(port), { headers: [["Cookie", cookie]] });
    client.send({ type: "hello", id: 1, token: cookie });
    expect(await client.closed()).toBe(4502);
  }
  const headers = { cookie: house.cookieOf("blue") };
  const asked = await fetch(`${pageOf(port)}ticket`, { method: "POST", headers });
  const { ticket } = (await asked.json()) as { ticket: string };
  const client = await WireClient.open(socketOf(port), {
    headers: [["Cookie", house.cookieOf("red")]],
    token: ticket,
  });
  expect(await client.ask({ type: "hello", token: ticket })).toMatchObject({ code: "forbidden" });
  await client.ask({ type: "list" });
  for (const mark of marksOf("blue")) expect(JSON.stringify(client.received)).not.toContain(mark);
  client.peer.destroy();
});
