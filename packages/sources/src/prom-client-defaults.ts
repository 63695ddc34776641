import type { Source } from "@metricast/core";
import { type PromRegistry, promClientSource } from "./prom-client.js";

export interface PromClientDefaultsOptions<Registry extends PromRegistry> {
  /** One that has nothing else, and stays the host's: `new client.Registry()`. */
  readonly registry: Registry;
  /** The library's own: `client.collectDefaultMetrics`. */
  readonly collectDefaultMetrics: (config: { register: Registry; prefix?: string }) => void;
  /** Before each name. Default none. */
  readonly prefix?: string;
  /** Read only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * The default metrics of `prom-client` or `@prometheus-io/client` under their well-known names: dashboards that were made
 * for those go on. The library observes from this call on, and cannot be told to end.
 */
export function promClientDefaults<Registry extends PromRegistry>(
  options: PromClientDefaultsOptions<Registry>,
): Source {
  const { registry, collectDefaultMetrics, prefix, lazy = false } = options;
  collectDefaultMetrics({ register: registry, ...(prefix === undefined ? {} : { prefix }) });
  return promClientSource({ registry, name: "prom-client-defaults", lazy });
}
