import type { WriterKey } from "@metricast/core";

/**
 * Names of everything that is kept, for one service and one partition. A partition's keys share a hash tag, so they lie on
 * one slot of a cluster. What names may be made of has no "/" in it: two keys are never one by accident.
 */
export class Keys {
  readonly #base: string;

  constructor(prefix: string, service: string, partition: number) {
    this.#base = `${prefix}:{${service}/${partition}}`;
  }

  /** Hash: epoch to heartbeat of each live instance. */
  get roster(): string {
    return `${this.#base}:roster`;
  }

  /** Stream that wakes everybody who reads, when the roster is worth reading again. */
  get bell(): string {
    return `${this.#base}:bell`;
  }

  /** Sorted set: who has written anything that may still be there, by when the last of it expires. */
  get writers(): string {
    return `${this.#base}:writers`;
  }

  /** String: a value that is the same for all instances of the service. */
  kept(name: string): string {
    return `${this.#base}:${name}`;
  }

  /** Stream of a writer's batches; the id is the tick. */
  stream(writer: WriterKey): string {
    return `${this.#base}:stream/${nameOf(writer)}`;
  }

  /** Sorted set: a writer's sealed blocks, by when they expire. */
  blocks(writer: WriterKey): string {
    return `${this.#base}:blocks/${nameOf(writer)}`;
  }

  block(writer: WriterKey, stepTicks: number, fromTick: number): string {
    return `${this.#base}:block/${nameOf(writer)}/${stepTicks}/${fromTick}`;
  }
}

export function nameOf({ instance, epoch, channel }: WriterKey): string {
  return `${instance}/${epoch}/${channel}`;
}

/** Undefined for what `nameOf` never made. */
export function writerNamed(name: string): WriterKey | undefined {
  const [instance = "", epoch = "", channel = "", ...more] = name.split("/");
  if (instance === "" || epoch === "" || channel === "" || more.length > 0) return undefined;
  return { channel, instance, epoch };
}

/** Which partition an instance writes to: everybody must come to the same. */
export function partitionOf(instance: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const char of instance) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % partitions;
}
