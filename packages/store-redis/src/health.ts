import type { StoreStatus } from "@metricast/core";
import { textOfFault } from "./fault.js";

/** What can be in trouble: writing, reading, and what was read or who was told. */
type Part = string;

/** Keeps what is wrong at the moment, part by part, and says when it changes. */
export class Health {
  readonly #faults = new Map<Part, string>();
  readonly #onChange: () => void;
  #lastError: string | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get status(): StoreStatus["status"] {
    return this.#faults.size === 0 ? "ok" : "degraded";
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** A part is in trouble until `well` is called for it. */
  ill(part: Part, cause: unknown): void {
    const text = textOfFault(cause);
    this.#lastError = text;
    const wasWell = this.#faults.size === 0;
    this.#faults.set(part, text);
    if (wasWell) this.#onChange();
  }

  /** Nothing is known of a part yet, which is no error. */
  unknown(part: Part): void {
    this.#faults.set(part, "");
  }

  well(part: Part): void {
    if (this.#faults.delete(part) && this.#faults.size === 0) this.#onChange();
  }

  /** Something went wrong once; nothing is in trouble for it. */
  note(cause: unknown): void {
    this.#lastError = textOfFault(cause);
  }
}
