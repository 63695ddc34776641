import type { Clock } from "../contracts/clock.js";
import type { Admission, Admitted, Handshake, Refused } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Random } from "../contracts/random.js";
import { logText } from "../health/log-text.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { NumberOptions } from "../limit-options.js";
import type { MetricastOptions } from "../options.js";
import { Turns } from "../turns.js";
import { type Peer, type ProxyTrust, parseTrustProxy, peerOf } from "./address.js";
import { type Access, type AccessOptions, accessOf } from "./admission-access.js";
import { carriedIdentity } from "./admission-credentials.js";
import { askIdentity } from "./admission-hook.js";
import { type RefusalHeaders, type RefusalName, refuse } from "./admission-refusal.js";
import { admitted } from "./admission-ticket.js";
import { isSecure, type OriginRequest, originAllowed, ownOrigin, parseOrigins } from "./origin.js";
import { codecFor, protocolFor } from "./subprotocol.js";
import type { Tickets } from "./ticket.js";
import { KeyedBuckets, TokenBucket } from "./token-bucket.js";

export type AdmissionOptions = Pick<
  NumberOptions,
  | "maxClients"
  | "maxClientsPerAddress"
  | "acceptsPerSecond"
  | "acceptsPerSecondPerAddress"
  | "acceptBurstPerAddress"
  | "hookTimeoutMs"
  | "fanOutSliceMs"
> &
  AccessOptions & {
    readonly origins?: MetricastOptions["origins"] | undefined;
    readonly trustProxy?: MetricastOptions["trustProxy"] | undefined;
  };

export interface AdmissionParts {
  readonly options: AdmissionOptions;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly tickets: Tickets;
  /** The sessions that live now. */
  readonly clients: { readonly count: number };
  readonly report: Report;
  readonly stats: Pick<Stats, "refused" | "overLimit" | "hookFailures">;
}

type Hook = NonNullable<AdmissionOptions["authenticate"]>;

/** A request whose sender is asked about: a handshake, or a plain HTTP request. */
type Sender = OriginRequest & Pick<Handshake, "remoteAddress">;

export const anonymous: Identity = { id: "anonymous" };

/** At the client limit clients are told to come back within this range, so that they do not come together. */
const comeBackMs = { least: 5_000, most: 15_000 };
const addressFullRetryMs = 10_000;
const hookRetryMs = 5_000;

/** Decides who may connect. Counts, rates and credentials; what follows on the opened socket is the session's. */
export class AdmissionDesk {
  readonly access: Access;
  readonly #parts: AdmissionParts;
  readonly #proxies: ProxyTrust;
  readonly #origins: ReadonlySet<string>;
  readonly #rate: TokenBucket;
  readonly #addressRates: KeyedBuckets;
  readonly #open = new Map<string, number>();
  /** Of clients whose first request is all they have to say: what it takes to answer it follows upon their admission. */
  readonly #turns: Turns;
  #drainRetryMs: number | undefined;
  #announced = false;
  #proxyWarned = false;

  constructor(parts: AdmissionParts) {
    const { options } = parts;
    this.#parts = parts;
    this.access = accessOf(options);
    this.#proxies = parseTrustProxy(options.trustProxy ?? []);
    this.#origins = parseOrigins(options.origins ?? []);
    this.#rate = new TokenBucket({ perSecond: options.acceptsPerSecond, burst: options.acceptsPerSecond });
    this.#addressRates = new KeyedBuckets({
      perSecond: options.acceptsPerSecondPerAddress,
      burst: options.acceptBurstPerAddress,
    });
    this.#turns = new Turns({ clock: parts.clock, sliceMs: options.fanOutSliceMs });
  }

  /** At once, unless the host has to be asked or others are before it. Never throws, never rejects. */
  admit(handshake: Handshake): Admission | Promise<Admission> {
    try {
      const decided = this.#decide(handshake);
      return decided instanceof Promise ? decided.catch((cause) => this.#fault(cause)) : decided;
    } catch (cause) {
      return this.#fault(cause);
    }
  }

  /** From now on every handshake is answered 503; resolves when those that wait for their turn have been, too. */
  async drain(retryAfterMs: number): Promise<void> {
    this.#drainRetryMs = retryAfterMs;
    if (this.#turns.waiting > 0) await this.#turns.next();
  }

  /** Says once that everybody is served, or nobody. Called at start; a first handshake makes up for it. */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    if (this.access === "public") this.#parts.report("warning", "MC_PUBLIC", {});
    if (this.access !== "misconfigured") return;
    this.#parts.report("error", "MC_AUTH_MISSING", {
      options: ["identify", "authenticate", "secret", "public"],
    });
  }

  /** What limits count a client by. */
  addressOf(sender: Sender): string {
    return this.#peer(sender).key;
  }

  originAllowed(sender: Sender): boolean {
    return originAllowed(sender, this.#origins, this.#peer(sender).proxied);
  }

  /** Whether the client speaks TLS, to us or to a declared proxy. */
  isSecure(sender: Sender): boolean {
    return isSecure(sender, this.#peer(sender).proxied);
  }

  /** Who a token in `hello` stands for: a ticket's identity, or the start token's holder. */
  verifyToken(token: string): Identity | undefined {
    return this.#parts.tickets.identityFor(token);
  }

  opened(address: string): void {
    this.#open.set(address, this.#openAt(address) + 1);
  }

  left(address: string): void {
    const count = this.#openAt(address) - 1;
    if (count > 0) this.#open.set(address, count);
    else this.#open.delete(address);
  }

  #openAt(address: string): number {
    return this.#open.get(address) ?? 0;
  }

  #peer(sender: Sender): Peer {
    return peerOf(sender.remoteAddress, sender.headers, this.#proxies);
  }

  #decide(handshake: Handshake): Admission | Promise<Admission> {
    this.announce();
    const peer = this.#peer(handshake);
    const { authenticate } = this.#parts.options;
    const decided = this.#checkCheaply(handshake, peer) ?? this.#turningAway(handshake, peer);
    if (decided !== undefined) return decided;
    return authenticate || handshake.oneWay
      ? this.#decideLater(authenticate, handshake, peer)
      : this.#admitted(handshake, peer, this.#carried(handshake));
  }

  async #decideLater(hook: Hook | undefined, handshake: Handshake, peer: Peer): Promise<Admission> {
    const known = hook ? await this.#askHost(hook, handshake, peer) : this.#carried(handshake);
    if (known !== undefined && "accepted" in known) return known;
    if (handshake.oneWay) await this.#turns.next();
    // The hook may have taken seconds, or those before it.
    if (this.#drainRetryMs !== undefined) return this.#drained(handshake, peer, this.#drainRetryMs);
    if (this.#addressFull(peer.key)) return this.#addressRefusal(handshake, peer);
    return this.#turningAway(handshake, peer) ?? this.#admitted(handshake, peer, known);
  }

  #fault(cause: unknown): Refused {
    this.#parts.report("error", "MC_INTERNAL", { key: "admission" }, cause);
    this.#parts.stats.refused += 1;
    return refuse("fault");
  }

  #checkCheaply(handshake: Handshake, peer: Peer): Refused | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#drainRetryMs !== undefined) return this.#drained(handshake, peer, this.#drainRetryMs);
    if (handshake.method !== "GET") return this.#refuse("method", handshake, peer, { allow: "GET" });
    // The address first: what one flooder is refused must not use up everybody's rate.
    if (!this.#addressRates.take(peer.key, nowMs)) {
      const retryAfterMs = this.#addressRates.retryAfterMs(peer.key, nowMs);
      return this.#refuse("addressRate", handshake, peer, { retryAfterMs });
    }
    if (!this.#rate.take(nowMs)) {
      return this.#refuse("globalRate", handshake, peer, { retryAfterMs: this.#rate.retryAfterMs(nowMs) });
    }
    if (!originAllowed(handshake, this.#origins, peer.proxied))
      return this.#refuse("origin", handshake, peer);
    return this.#addressFull(peer.key) ? this.#addressRefusal(handshake, peer) : undefined;
  }

  #addressFull(address: string): boolean {
    return this.#openAt(address) >= this.#parts.options.maxClientsPerAddress;
  }

  #addressRefusal(handshake: Handshake, peer: Peer): Refused {
    return this.#refuse("addressClients", handshake, peer, { retryAfterMs: addressFullRetryMs });
  }

  #drained(handshake: Handshake, peer: Peer, retryAfterMs: number): Refused {
    return this.#refuse("draining", handshake, peer, { retryAfterMs });
  }

  /** Of whom a close code can be read: accepted, only to be closed with it. */
  #turningAway(handshake: Handshake, peer: Peer): Admission | undefined {
    return handshake.oneWay ? this.#refusedInstead(handshake, peer) : this.#closing(handshake, peer.key);
  }

  #refusedInstead(handshake: Handshake, peer: Peer): Refused | undefined {
    if (this.access === "misconfigured") return this.#refuse("misconfigured", handshake, peer);
    const { clients, options } = this.#parts;
    return clients.count + this.#turns.waiting < options.maxClients
      ? undefined
      : refuse("clients", { retryAfterMs: this.turnAway() });
  }

  #closing(handshake: Handshake, address: string): Admitted | undefined {
    const { clients, options } = this.#parts;
    const closed = { address, codec: "json", needsHello: false } as const;
    if (protocolFor(handshake.protocols) === undefined) {
      return admitted(handshake, { ...closed, closeWith: "unsupportedVersion" });
    }
    if (this.access === "misconfigured") {
      return admitted(handshake, { ...closed, closeWith: "unauthenticated", misconfigured: true });
    }
    if (clients.count < options.maxClients) return undefined;
    return admitted(handshake, { ...closed, closeWith: "tryLater", reconnectAfterMs: this.turnAway() });
  }

  /** Counts and reports a client over the limit; answers when it should come back. */
  turnAway(): number {
    const { options, random, report, stats } = this.#parts;
    stats.overLimit += 1;
    report("warning", "MC_CLIENT_LIMIT", { option: "maxClients", value: options.maxClients });
    return Math.round(comeBackMs.least + random.fraction() * (comeBackMs.most - comeBackMs.least));
  }

  #admitted(handshake: Handshake, peer: Peer, identity: Identity | undefined): Admission {
    const needsHello = identity === undefined;
    if (needsHello && handshake.oneWay) return this.#refuse("unauthenticated", handshake, peer);
    const known = identity === undefined ? {} : { identity };
    return admitted(handshake, {
      address: peer.key,
      codec: codecFor(handshake.protocols),
      needsHello,
      ...known,
    });
  }

  async #askHost(
    authenticate: Hook,
    handshake: Handshake,
    peer: Peer,
  ): Promise<Identity | Refused | undefined> {
    const { options, clock, report, stats } = this.#parts;
    const parts = { clock, hookTimeoutMs: options.hookTimeoutMs, report, stats };
    const answer = await askIdentity("authenticate", () => authenticate(handshake), parts);
    if (answer === "refused") return this.#refuse("hookRefused", handshake, peer);
    if (answer === "timeout")
      return this.#refuse("hookTimeout", handshake, peer, { retryAfterMs: hookRetryMs });
    return answer === "unknown" ? this.#carried(handshake) : answer;
  }

  #carried(handshake: Handshake): Identity | undefined {
    return (
      carriedIdentity(handshake, this.#parts.tickets) ?? (this.access === "public" ? anonymous : undefined)
    );
  }

  #refuse(refusal: RefusalName, handshake: Handshake, peer: Peer, headers: RefusalHeaders = {}): Refused {
    const { report, stats } = this.#parts;
    stats.refused += 1;
    if (refusal !== "draining") {
      const origin = logText(handshake.headers.get("origin") ?? "");
      // A proxy may not have told where the page comes from.
      const expected =
        refusal === "origin" ? { expected: logText(ownOrigin(handshake, peer.proxied) ?? "") } : {};
      const details = { key: refusal, reason: refusal, address: peer.key, origin, ...expected };
      report("warning", "MC_ACCEPT_REFUSED", details);
    }
    this.#warnOfProxy(refusal, handshake, peer);
    return refuse(refusal, headers);
  }

  #warnOfProxy(refusal: RefusalName, handshake: Handshake, peer: Peer): void {
    const forwarded = handshake.headers.get("x-forwarded-for");
    const byWhere = refusal.startsWith("address") || refusal === "origin" || refusal === "globalRate";
    if (this.#proxyWarned || peer.proxied || forwarded === undefined || !byWhere) return;
    this.#proxyWarned = true;
    const details = { option: "trustProxy", peer: peer.key, forwarded: logText(forwarded) };
    this.#parts.report("warning", "MC_PROXY_UNDECLARED", details);
  }
}
