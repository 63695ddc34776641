type Listener<Payload> = (payload: Payload) => void;

/** What can be listened to: events by name, each with one payload. */
export interface Listenable<Events> {
  /** Listens until the returned function is called. A listener that throws stops no other. */
  on<Type extends keyof Events>(type: Type, listener: Listener<Events[Type]>): () => void;
}

/** Tells listeners; what one of them throws goes to `onThrow`. */
export class Emitter<Events> implements Listenable<Events> {
  readonly #onThrow: (cause: unknown) => void;
  readonly #listeners: { [Type in keyof Events]?: Set<Listener<Events[Type]>> } = Object.create(null);

  constructor(onThrow: (cause: unknown) => void) {
    this.#onThrow = onThrow;
  }

  on<Type extends keyof Events>(type: Type, listener: Listener<Events[Type]>): () => void {
    const entry: Listener<Events[Type]> = (payload) => listener(payload);
    const set = this.#listeners[type] ?? new Set();
    this.#listeners[type] = set;
    set.add(entry);
    return () => set.delete(entry);
  }

  emit<Type extends keyof Events>(type: Type, payload: Events[Type]): void {
    for (const listener of this.#listeners[type] ?? []) {
      try {
        listener(payload);
      } catch (cause) {
        this.#onThrow(cause);
      }
    }
  }
}

export function emitAll<Events, Type extends keyof Events>(
  emitters: Iterable<Emitter<Events>>,
  type: Type,
  payload: Events[Type],
): void {
  for (const emitter of emitters) emitter.emit(type, payload);
}
