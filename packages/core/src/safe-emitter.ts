import { EventEmitter } from "eventemitter3";

type Listener<T> = (payload: T) => unknown;

/** Events whose listeners cannot hurt: one that throws or rejects is reported, the others still hear. */
export class SafeEmitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #onFault: (event: string, cause: unknown) => void;

  constructor(onFault: (event: string, cause: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Returns what takes the listener off again. */
  on<K extends keyof Events & string>(event: K, listener: Listener<Events[K]>): () => void {
    const guarded = (payload: Events[K]) => this.#call(event, listener, payload);
    this.#emitter.on(event, guarded);
    return () => {
      this.#emitter.off(event, guarded);
    };
  }

  emit<K extends keyof Events & string>(event: K, payload: Events[K]): void {
    this.#emitter.emit(event, payload);
  }

  clear(): void {
    this.#emitter.removeAllListeners();
  }

  #call<T>(event: string, listener: Listener<T>, payload: T): void {
    try {
      const result = listener(payload);
      // Not only promises of this realm: whatever can reject is heard.
      if (isThenable(result)) result.then(undefined, (cause: unknown) => this.#onFault(event, cause));
    } catch (cause) {
      this.#onFault(event, cause);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
