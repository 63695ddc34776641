import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "./started-example.js";

export interface Smoke {
  /** A request that the example counts. */
  readonly path: string;
  readonly method?: string;
  /** The counter that it goes into. */
  readonly counter: string;
}

/** An example as its reader would start it: what it counts reaches a client, and its page and health are served. */
export function smokeTest(name: string, { path, method = "GET", counter }: Smoke): void {
  let example: StartedExample;
  let client: MetricastClient;

  beforeAll(async () => {
    example = await startExample(name);
    client = connect(example.url, { WebSocket });
  }, 30_000);

  afterAll(async () => {
    client.close();
    expect(await example.stop()).toBe(0);
  });

  test("a client sees the process and what the example counts", async () => {
    const { series } = client.subscribe();
    await (await example.fetch(path, { method })).text();
    await vi.waitFor(() => {
      const keys = [...series.latest().keys()];
      expect(keys.some((key) => key.startsWith(`${counter}{`))).toBe(true);
      expect(keys.some((key) => key.startsWith("process_"))).toBe(true);
    }, 10_000);
  }, 25_000);

  test("the printed address opens the dashboard, and health is beside it", async () => {
    const page = await fetch(example.url);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await (await example.fetch("/metricast/health/live")).json()).toEqual({ status: "ok" });
  });
}
