import type { Refused } from "../contracts/connection.js";

/** Every answer given instead of an upgrade. `name` is what the body says; the wire's words where it has one. */
const refusals = {
  draining: { status: 503, name: "unavailable" },
  method: { status: 405, name: "method_not_allowed" },
  globalRate: { status: 503, name: "unavailable" },
  addressRate: { status: 429, name: "rate_limited" },
  addressClients: { status: 429, name: "limit" },
  clients: { status: 503, name: "unavailable" },
  unauthenticated: { status: 401, name: "unauthenticated" },
  misconfigured: { status: 503, name: "MC_AUTH_MISSING" },
  origin: { status: 403, name: "forbidden" },
  hookRefused: { status: 403, name: "forbidden" },
  hookTimeout: { status: 503, name: "unavailable" },
  fault: { status: 500, name: "internal" },
} as const satisfies Record<string, { status: number; name: string }>;

export type RefusalName = keyof typeof refusals;

export interface RefusalHeaders {
  readonly retryAfterMs?: number;
  readonly allow?: string;
}

export function refuse(refusal: RefusalName, { retryAfterMs, allow }: RefusalHeaders = {}): Refused {
  const { status, name } = refusals[refusal];
  return {
    accepted: false,
    status,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      Connection: "close",
      ...(retryAfterMs === undefined ? {} : { "Retry-After": retryAfterSeconds(retryAfterMs) }),
      ...(allow === undefined ? {} : { Allow: allow }),
    },
    body: JSON.stringify({ code: status, name }),
  };
}

/** Whole seconds, as the header has it; never 0, which reads as "at once". */
function retryAfterSeconds(ms: number): string {
  return String(Math.max(1, Math.ceil(Math.min(ms, 86_400_000) / 1_000)));
}
