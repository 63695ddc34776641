import { ChildScript } from "@metricast/testkit";
import { onTestFinished } from "vitest";
import type { Door } from "./door.js";
import type { TickVerdict } from "./tick-ledger.js";

/** The client library in a process of its own, to be stopped and woken. */
export class FaultClient {
  readonly #child: ChildScript;

  /** Ended with the test. `under` is a program that runs its own. */
  static async start(
    url: string,
    transport: Door["transport"],
    under: readonly string[] = [],
  ): Promise<FaultClient> {
    const client = new FaultClient(url, transport, under);
    onTestFinished(() => client.#child.kill());
    await client.#child.says("up", 60_000);
    return client;
  }

  private constructor(url: string, transport: Door["transport"], under: readonly string[]) {
    const ledger = new URL("./tick-ledger.ts", import.meta.url).href;
    const script = `
      import { createInterface } from "node:readline";
      import { connect } from "@metricast/client";
      import { WebSocket } from "ws";
      import { tickVerdict } from ${JSON.stringify(ledger)};
      const client = connect(${JSON.stringify(url)}, {
        WebSocket, transport: "${transport}", reconnect: { minMs: 50, maxMs: 200 },
      });
      const subscription = client.subscribe();
      const outcomes = [];
      subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
      createInterface({ input: process.stdin }).on("line", () => {
        console.log("verdict " + JSON.stringify({ ...tickVerdict(subscription), outcomes }));
      });
      console.log("up");
    `;
    this.#child = ChildScript.run(script, [], under);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.signal(signal);
  }

  async verdict(): Promise<TickVerdict & { readonly outcomes: readonly string[] }> {
    this.#child.stdout = "";
    this.#child.say("verdict");
    return JSON.parse(await this.#child.says("verdict "));
  }
}
