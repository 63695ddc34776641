import { parse } from "yaml";

type Mapping = ReadonlyMap<string, unknown>;

/** A YAML document whose parts may stand for others by `$ref: "#/path/to/it"`. */
export class YamlDocument {
  readonly #root: unknown;

  /** Throws for a text that is no YAML, or has a key twice. */
  constructor(text: string) {
    // Maps: a schema may well have a property of a name that objects inherit.
    this.#root = parse(text, { mapAsMap: true });
  }

  /** What stands at a path, references on the way followed; throws where nothing does. */
  at(...path: readonly string[]): unknown {
    return path.reduce<unknown>((from, key) => {
      const mapping = mappingOf(from);
      if (!mapping?.has(key)) throw new Error(`nothing at ${path.join(".")}`);
      return this.#resolve(mapping.get(key));
    }, this.#root);
  }

  keys(...path: readonly string[]): string[] {
    return [...(mappingOf(this.at(...path))?.keys() ?? [])];
  }

  /** Every reference in the document, as it is written. */
  refs(): string[] {
    return [...refsIn(this.#root)];
  }

  #resolve(value: unknown): unknown {
    const ref = mappingOf(value)?.get("$ref");
    return typeof ref === "string" ? this.at(...refPath(ref)) : value;
  }
}

/** `#/components/schemas/Entry` as the keys that lead there. */
export function refPath(ref: string): string[] {
  if (!ref.startsWith("#/")) throw new Error(`not a reference into this document: ${ref}`);
  return ref.slice(2).split("/");
}

function* refsIn(value: unknown): Generator<string> {
  const mapping = mappingOf(value);
  const ref = mapping?.get("$ref");
  if (typeof ref === "string") yield ref;
  for (const part of mapping?.values() ?? (Array.isArray(value) ? value : [])) yield* refsIn(part);
}

function mappingOf(value: unknown): Mapping | undefined {
  return value instanceof Map ? value : undefined;
}
