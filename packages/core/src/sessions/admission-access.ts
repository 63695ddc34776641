import type { MetricastOptions } from "../options.js";

/**
 * Whether the host decided who may watch. `unset`: it did not, and the start token is required; in production that
 * is `misconfigured`, and nobody is served.
 */
export type Access = "decided" | "public" | "unset" | "misconfigured";

type OrUndefined<T> = { readonly [name in keyof T]?: T[name] | undefined };

export type AccessOptions = OrUndefined<
  Pick<MetricastOptions, "authenticate" | "identify" | "secret" | "secrets" | "public" | "production">
>;

export function accessOf(options: AccessOptions): Access {
  if (options.public === true) return "public";
  const hooks = options.authenticate !== undefined || options.identify !== undefined;
  const secrets = options.secret !== undefined || (options.secrets?.length ?? 0) > 0;
  if (hooks || secrets) return "decided";
  return options.production === true ? "misconfigured" : "unset";
}

/** What signs tickets and start tokens, newest first; none: a random one. */
export function secretsOf({ secrets, secret, startSecret }: MetricastOptions): readonly string[] {
  const one = secret ?? startSecret;
  return secrets ?? (one === undefined ? [] : [one]);
}
