import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Identity } from "../contracts/identity.js";
import type { Random } from "../contracts/random.js";
import { MetricastError } from "../errors.js";
import { checkIdentity } from "./admission-identity.js";

export interface TicketParts {
  /** Newest first: the first signs, all verify. None: a random one, so that tickets die with the process. */
  readonly secrets?: readonly string[] | undefined;
  readonly random: Pick<Random, "bytes">;
  readonly time: { nowMs(): number };
  /** Named in tickets; a ticket of another issuer is refused though the secret is the same. Default: not named. */
  readonly issuer?: string | undefined;
}

/** Who holds the start token: whoever may read the host's terminal. */
export const startTokenIdentity: Identity = { id: "start-token" };

const maxTicketLength = 8_192;
/** The longest life that `ticketTtlMs` allows: one that claims more was not minted by us under an honest clock. */
const maxTtlMs = 3_600_000;
/** Clocks of two instances differ. */
const skewMs = 60_000;
/** A store that was emptied may have another secret each time. */
const maxKeys = 8;

/**
 * Signs and verifies tickets: `payload.signature`, base64url, HMAC-SHA256 over `{v, id, scope?, exp, until?, iss?}`.
 * The algorithm is fixed and named nowhere in a ticket. Instances with the same secrets accept each other's.
 */
export class Tickets {
  #keys: readonly Keys[];
  #drawn: string | undefined;
  readonly #time: TicketParts["time"];
  readonly #issuer: string | undefined;

  constructor({ secrets, random, time, issuer }: TicketParts) {
    const isGiven = secrets !== undefined && secrets.length > 0;
    this.#drawn = isGiven ? undefined : Buffer.from(random.bytes(32)).toString("base64url");
    this.#keys = (isGiven ? secrets : [this.#drawn ?? ""]).map(keysOf);
    this.#time = time;
    this.#issuer = issuer;
  }

  /** With a secret: derived from it, so the same on every instance and after a restart. */
  get startToken(): string {
    return this.#keys[0]?.startToken ?? "";
  }

  /** What signs where no secret was given; undefined where one was. */
  get drawn(): string | undefined {
    return this.#drawn;
  }

  /** From now on a secret signs that all instances have; what was signed before is good to the end of its life. */
  adopt(secret: string): void {
    if (secret === this.#drawn) return;
    this.#drawn = secret;
    this.#keys = [keysOf(secret), ...this.#keys].slice(0, maxKeys);
  }

  /** Throws MC_HOOK_FAILED for an identity that makes no sense or does not fit a ticket. Lives at most an hour. */
  mint(identity: Identity, ttlMs: number): string {
    const key = this.#keys[0]?.ticket;
    const checked = checkIdentity(identity);
    if (checked === undefined || key === undefined) throw unfit("the identity is malformed");
    const payload = JSON.stringify({
      v: 1,
      id: checked.id,
      scope: checked.scope,
      exp: Math.floor(this.#time.nowMs() + Math.min(ttlMs, maxTtlMs)),
      until: checked.expiresMs,
      iss: this.#issuer,
    });
    const body = Buffer.from(payload).toString("base64url");
    const ticket = `${body}.${sign(key, body)}`;
    if (ticket.length > maxTicketLength) throw unfit("the identity is too large for a ticket");
    return ticket;
  }

  /** Who a ticket was minted for; undefined when it is expired, foreign, tampered with or no ticket. Never throws. */
  verify(token: string): Identity | undefined {
    if (typeof token !== "string" || token.length > maxTicketLength) return undefined;
    const dot = token.indexOf(".");
    if (dot < 1) return undefined;
    const body = token.slice(0, dot);
    const signature = token.slice(dot + 1);
    // The signature is compared as text: decoding first would let several spellings pass.
    if (!this.#keys.some(({ ticket }) => sameText(sign(ticket, body), signature))) return undefined;
    return this.#identityOf(body);
  }

  isStartToken(token: string): boolean {
    if (typeof token !== "string" || token.length > maxTicketLength) return false;
    const given = digest(token);
    return this.#keys.some(({ startDigest }) => timingSafeEqual(startDigest, given));
  }

  /** Who a ticket or a start token stands for. */
  identityFor(token: string): Identity | undefined {
    return this.verify(token) ?? (this.isStartToken(token) ? startTokenIdentity : undefined);
  }

  #identityOf(body: string): Identity | undefined {
    const payload = parsePayload(body);
    const exp = payload?.get("exp");
    const nowMs = this.#time.nowMs();
    if (payload?.get("v") !== 1 || payload.get("iss") !== this.#issuer) return undefined;
    if (typeof exp !== "number" || exp <= nowMs || exp > nowMs + maxTtlMs + skewMs) return undefined;
    const identity = checkIdentity({
      id: payload.get("id"),
      scope: payload.get("scope"),
      expiresMs: payload.get("until"),
    });
    if (identity?.expiresMs !== undefined && identity.expiresMs <= nowMs) return undefined;
    return identity;
  }
}

interface Keys {
  readonly ticket: Buffer;
  readonly startToken: string;
  readonly startDigest: Buffer;
}

function keysOf(secret: string): Keys {
  const startToken = derive(secret, "metricast start token v1").toString("base64url");
  return { ticket: derive(secret, "metricast ticket v1"), startToken, startDigest: digest(startToken) };
}

function derive(secret: string, purpose: string): Buffer {
  return createHmac("sha256", secret).update(purpose).digest();
}

function sign(key: Buffer, body: string): string {
  return createHmac("sha256", key).update(body).digest("base64url");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function sameText(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}

function parsePayload(body: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function unfit(message: string): MetricastError {
  return new MetricastError("MC_HOOK_FAILED", message, { hook: "identify", key: "identify" });
}
