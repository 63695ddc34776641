import { Appender, type AppenderParts } from "../appender.js";
import { makeClient } from "../clients.js";
import { Health } from "../health.js";
import { Keys } from "../keys.js";
import { Link } from "../link.js";
import type { RedisStoreOptions } from "../options.js";
import { resolveOptions } from "../resolve-options.js";

const writer = { channel: "metrics", instance: "a", epoch: "000000000000000a" };

/** The half of a store that writes, put together of its own parts, so that one of them can be another. */
export class BareWriter {
  readonly appender: Appender;
  readonly health = new Health(() => {});
  readonly link: Link;
  readonly key: string;
  #tick = 0;

  constructor(given: RedisStoreOptions, parts: (link: Link) => Partial<AppenderParts> = () => ({})) {
    const options = resolveOptions(given);
    const keys = new Keys(options.prefix, "bare", 0);
    this.key = keys.stream(writer);
    this.link = new Link({
      ...options,
      make: () => makeClient(options, "write"),
      onUp: (client) => {
        this.link.trust(client);
        this.appender.begin();
      },
      onDown: (cause) => this.health.ill("write", cause),
    });
    this.appender = new Appender({
      ...options,
      keys,
      link: () => this.link,
      health: this.health,
      held: () => [],
      onStream() {},
      ...parts(this.link),
    });
    this.link.start();
  }

  write(batches = 1): void {
    for (let left = batches; left > 0; left -= 1) {
      const prev = this.#tick === 0 ? {} : { prev: this.#tick };
      this.#tick += 1;
      const batch = { type: "batch", ...writer, tick: this.#tick, keyframe: this.#tick === 1 } as const;
      this.appender.take({ ...batch, ...prev, bytes: Buffer.from("x") });
    }
  }

  stop(): void {
    this.appender.stop();
    this.link.stop();
  }
}
