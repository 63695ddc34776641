import { connect, type MetricastClient } from "../client.js";
import type { ClientClock } from "../clock.js";
import type { ConnectionState } from "../connection.js";
import type { MetricastClientError } from "../error.js";
import type { ClientOptions } from "../options.js";
import type { SubscribeOptions, Subscription } from "../subscription.js";
import { ScriptedServer, type ScriptedSocket } from "./scripted-server.js";

/** What a test moves by hand. */
export interface TestClock extends ClientClock {
  advance(ms: number): void;
}

export interface Harness<Clock extends TestClock> {
  readonly clock: Clock;
  readonly server: ScriptedServer;
  readonly client: MetricastClient;
  readonly states: ConnectionState["name"][];
  readonly errors: MetricastClientError[];
  /** Lets what was put off to the end of the running code happen. */
  flush(): void;
  /** Opens the newest socket and welcomes. */
  live(fields?: object): ScriptedSocket;
  /** Waits until the client opens its next connection. */
  comeBack(): void;
  /** Waits for the next connection and makes it live. */
  reconnect(): ScriptedSocket;
  /** Subscribes and has it taken up as `view`. */
  watch(view: number, options?: SubscribeOptions, fields?: object): Subscription;
}

/** A client on a scripted server and a clock of the test's. Jitter is always at half. With a `codec` both speak that. */
export function harness<Clock extends TestClock>(
  clock: Clock,
  options: ClientOptions = {},
  url = "http://localhost:3000/metricast/?token=secret",
): Harness<Clock> {
  const server = new ScriptedServer(options.codec);
  const client = connect(url, {
    WebSocket: server.WebSocket,
    transport: "websocket",
    clock,
    random: { fraction: () => 0.5 },
    ...options,
  });
  const states: ConnectionState["name"][] = [];
  const errors: MetricastClientError[] = [];
  client.on("state", ({ name }) => states.push(name));
  client.on("error", (error) => errors.push(error));
  const flush = () => clock.advance(0);
  const comeBack = () => {
    const { state } = client;
    if (state.name === "waiting") clock.advance(state.retryAtMs - clock.dateMs());
  };
  flush();
  return {
    clock,
    server,
    client,
    states,
    errors,
    flush,
    live: (fields) => server.socket.welcome(fields),
    comeBack,
    reconnect: () => {
      comeBack();
      return server.socket.welcome();
    },
    watch: (view, wishes, fields) => {
      const subscription = client.subscribe(wishes);
      flush();
      server.socket.accept(view, fields);
      return subscription;
    },
  };
}
