import { createServer } from "node:http";
import {
  allGivenBack,
  HttpHost,
  type ManualClock,
  type Resources,
  rawHttp,
  resources,
  tickAlong,
  until,
  type WireClient,
  type WireClientOptions,
  type WireView,
} from "@metricast/testkit";
import { expect } from "vitest";
import type { CastOptions } from "../index.js";
import { type HookedService, intervalMs, serveHooked } from "./hooked-service.js";
import { hostAround, type InputDoor } from "./input-door.js";

interface Witness {
  readonly client: WireClient;
  readonly view: WireView;
}

/** What the process held before the first of them. */
interface Before {
  readonly resources: Resources;
  readonly timers: number;
}

/** One service for all rows, and a client that watches it from the first to the last. */
export class InputStage {
  readonly main: HookedService;
  /** What must never be logged. */
  readonly tokens: string[] = [];
  readonly #door: InputDoor;
  readonly #witness: Witness;
  readonly #before: Before;
  readonly #closers: (() => Promise<void>)[] = [];

  static async start(door: InputDoor): Promise<InputStage> {
    const main = await serveHooked({}, door);
    const { served, cast, clock } = main;
    // What is made once for the first connection is nobody's leftover.
    const warm = await greeted(served.open({ headers: [["X-User", "first"]] }));
    warm.peer.destroy();
    await until(() => cast.health().clients.count === 0);
    await clock.advanceAsync(20_000);
    const before = { resources: resources(served.host.emitters), timers: clock.pendingTimers };
    const client = await greeted(served.open({ headers: [["X-User", "witness"]] }));
    const view = await client.watch();
    served.clients.splice(0);
    return new InputStage(door, main, { client, view }, before);
  }

  private constructor(door: InputDoor, main: HookedService, witness: Witness, before: Before) {
    this.#door = door;
    this.main = main;
    this.#witness = witness;
    this.#before = before;
  }

  get clock(): ManualClock {
    return this.main.clock;
  }

  get port(): number {
    return this.main.served.host.port;
  }

  /** A client whom the handshake authenticated. */
  connect({ headers = [], ...rest }: WireClientOptions = {}): Promise<WireClient> {
    return greeted(this.main.served.open({ headers: [["X-User", "ann"], ...headers], ...rest }));
  }

  /** A client that has yet to say who it is. */
  stranger(options: WireClientOptions = {}): Promise<WireClient> {
    return this.main.served.open(options);
  }

  /** A ticket for Ann, by HTTP. */
  async ticket({ served }: HookedService = this.main): Promise<string> {
    const request = `GET ${served.cast.options.path}/ticket HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n`;
    const { body } = await rawHttp(served.host.port, request);
    const { ticket }: { ticket: string } = JSON.parse(body);
    this.tokens.push(ticket);
    return ticket;
  }

  /** Another service with some options of its own, until the case is over. */
  async also(options: CastOptions): Promise<HookedService> {
    const other = await serveHooked(options, this.#door);
    this.#closers.push(() => other.served.close());
    return other;
  }

  /** The same service behind a server whose host raised the limit on headers. */
  async behindWideHeaders(): Promise<HttpHost> {
    const host = await HttpHost.listen(createServer({ maxHeaderSize: 131_072 }, hostAround(this.main.cast)));
    this.#closers.push(() => host.close());
    return host;
  }

  /** Lets the service live some seconds, its clients answering all the while. */
  pass(seconds: number): Promise<void> {
    return tickAlong(this.clock, intervalMs, [this.#witness.view], seconds);
  }

  /** After each row nothing is left of its clients, and the one that watches is served as ever. */
  async endCase(): Promise<void> {
    const { cast, served, told } = this.main;
    for (const close of this.#closers.splice(0)) await close();
    for (const { peer } of served.clients.splice(0)) peer.destroy();
    const count = () => cast.health().clients.count;
    await until(
      () => count() === 1,
      5_000,
      () => `${count()} sessions, not 1`,
    );
    await this.pass(1);
    expect(this.#witness.view.value("seconds")).toBe(this.clock.dateMs() / 1_000);
    expect(this.#witness.view.faults).toEqual([]);
    expect(told.filter(({ code }) => code === "MC_INTERNAL")).toEqual([]);
  }

  /** After all rows sessions, views, timers, descriptors and listeners are what they were. */
  async expectNothingLeft(): Promise<void> {
    const { cast, clock, served } = this.main;
    this.#witness.client.peer.close(1000);
    await until(() => this.#witness.client.peer.ended && cast.health().clients.count === 0);
    // An unwatched view is kept for a while.
    await clock.advanceAsync(20_000);
    expect(cast.health().limits.find(({ name }) => name === "maxViews")?.used).toBe(0);
    expect(clock.pendingTimers).toBe(this.#before.timers);
    await allGivenBack(this.#before.resources, served.host.emitters);
  }

  close(): Promise<void> {
    return this.main.served.close();
  }
}

async function greeted(opening: Promise<WireClient>): Promise<WireClient> {
  const client = await opening;
  await until(() => client.of("welcome").length === 1, 5_000, "a welcome");
  return client;
}
