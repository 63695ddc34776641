import type { Source } from "@metricast/core";
import { type PromRegistry, promClientSource } from "./prom-client.js";

/** What the modules `prom-client` and `@prometheus-io/client` have in common; neither is imported. */
export interface PromClientModule<Registry extends ClearableRegistry = ClearableRegistry> {
  readonly Registry: new () => Registry;
  collectDefaultMetrics(config: { register: Registry; prefix?: string }): void;
}

export interface ClearableRegistry extends PromRegistry {
  clear(): void;
}

export interface PromClientDefaultsOptions<Registry extends ClearableRegistry> {
  /** The module: `import * as client from "prom-client"`. */
  readonly client: PromClientModule<Registry>;
  /** Before each name. Default none. */
  readonly prefix?: string;
  /** Read only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * The default metrics of a Prometheus client under their well-known names, in a registry of their own: dashboards that
 * were made for those go on. The library starts observing with this call, and cannot be told to end.
 */
export function promClientDefaults<Registry extends ClearableRegistry>(
  options: PromClientDefaultsOptions<Registry>,
): Source {
  const { client, prefix, lazy = false } = options;
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry, ...(prefix === undefined ? {} : { prefix }) });
  const source = promClientSource({ registry, name: "prom-client-defaults", lazy });
  return { ...source, close: () => registry.clear() };
}
