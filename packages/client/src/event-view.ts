import type { ResetReason, ResumeOutcome, SubscribedItem, WireEvent } from "@metricast/protocol";
import { type Emitter, emitAll } from "./emitter.js";
import type { MetricastClientError } from "./error.js";
import { View, type ViewMessage } from "./view.js";

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
export class EventView extends View {
  readonly holders = new Set<Emitter<EventStreamEvents>>();
  position: string | undefined;
  readonly #ids = new Set<string>();

  joined({ position, resume }: SubscribedItem): void {
    const isNew = this.position === undefined;
    this.position = String(position);
    if (resume) emitAll(this.holders, "resumed", { outcome: resume.outcome });
    if (resume?.outcome === "reset" || !(resume || isNew)) {
      emitAll(this.holders, "gap", { reason: resume?.reason ?? "not_resumed" });
    }
  }

  receive(message: ViewMessage): void {
    if (message.type !== "events") return;
    const fresh = message.items.filter((event) => this.#isNew(event));
    this.position = String(message.position);
    if (message.lost) emitAll(this.holders, "gap", { reason: "expired", lost: message.lost });
    for (const event of fresh) emitAll(this.holders, "event", event);
  }

  refused(error: MetricastClientError): void {
    emitAll(this.holders, "error", error);
  }

  #isNew({ id }: WireEvent): boolean {
    if (typeof id !== "string" || this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest = id] = this.#ids;
    if (this.#ids.size > maxIds) this.#ids.delete(oldest);
    return true;
  }
}
