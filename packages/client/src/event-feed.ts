import type { ResetReason, ResumeOutcome, SubscribedItem, WireEvent } from "@metricast/protocol";
import type { MetricastClientError } from "./error.js";
import type { Tell } from "./feed-pool.js";
import type { Feed, ViewMessage } from "./watch.js";

export type ChannelEvent = WireEvent;

/** What a stream of events tells. */
export interface EventStreamEvents {
  /** Each event once, in the order of its writer. */
  event: ChannelEvent;
  /** Events were lost; how many where the server knows it. */
  gap: { readonly reason: ResetReason | "not_resumed"; readonly lost?: number };
  resumed: { readonly outcome: ResumeOutcome };
  error: MetricastClientError;
}

/** Ids remembered: more than the server sends again. */
const maxIds = 20_000;

/** Events of one view, each told once over reconnects. */
export class EventFeed implements Feed {
  readonly stepMs = 0;
  readonly #tell: Tell<EventStreamEvents>;
  readonly #ids = new Set<string>();
  #position: string | undefined;

  constructor(tell: Tell<EventStreamEvents>) {
    this.#tell = tell;
  }

  get position(): string | undefined {
    return this.#position;
  }

  joined({ position, resume }: SubscribedItem): void {
    const isNew = this.#position === undefined;
    this.#position = String(position);
    if (resume) this.#tell("resumed", { outcome: resume.outcome });
    if (resume?.outcome === "reset" || !(resume || isNew)) {
      this.#tell("gap", { reason: resume?.reason ?? "not_resumed" });
    }
  }

  receive(message: ViewMessage): boolean {
    if (message.type !== "events") return true;
    const fresh = message.items.filter((event) => this.#isNew(event));
    this.#position = String(message.position);
    if (message.lost) this.#tell("gap", { reason: "expired", lost: message.lost });
    for (const event of fresh) this.#tell("event", event);
    return true;
  }

  failed(error: MetricastClientError): void {
    this.#tell("error", error);
  }

  #isNew({ id }: WireEvent): boolean {
    if (typeof id !== "string" || this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > maxIds && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
