import type { EventView } from "../views/event-view.js";
import type { Room } from "./room.js";
import type { Step, Subscription } from "./subscription.js";

/** Where one session is in one view of events: the number of the last one it was sent. */
export class EventCursor implements Subscription {
  readonly #view: EventView;
  #n: number;
  #savedN: number;

  constructor(view: EventView, n: number) {
    this.#view = view;
    this.#n = n;
    this.#savedN = n;
    view.watchers++;
  }

  get view(): number {
    return this.#view.number;
  }
  get channel(): string {
    return this.#view.channel;
  }
  get headTick(): number {
    return this.#view.head;
  }
  get watched(): EventView {
    return this.#view;
  }

  get position(): string {
    return this.positionAt(this.#n);
  }

  positionAt(n: number): string {
    return this.#view.positionAt(n);
  }

  collect(room: Room): void {
    this.#savedN = this.#n;
    while (this.#n < this.#view.head) {
      const page = this.#view.page(this.#n);
      if (!page) {
        this.#n = this.#view.head;
        return;
      }
      if (!room.has(page.frame.length)) return;
      room.put(page.frame);
      room.count("eventsSent", page.count);
      this.#n = page.through;
    }
  }

  rollback(): void {
    this.#n = this.#savedN;
  }

  step(from: number | undefined): Step | undefined {
    const { head } = this.#view;
    if (from === undefined || from === head) return { from: head, to: head };
    const page = this.#view.page(from);
    if (!page) return { from, to: head };
    const { frame, count, through } = page;
    return through === head ? { from, to: head, frame, events: count } : undefined;
  }

  isAt(n: number): boolean {
    return this.#n === n;
  }

  moveTo(n: number): void {
    this.#n = n;
  }

  leave(nowMs: number): void {
    this.#view.watchers--;
    this.#view.idleSinceMs = nowMs;
  }
}
