import { signal } from "@preact/signals";
import { after, nowMs } from "../clock.js";

const place = "metricast token";
const shortestRenewalMs = 10_000;

type Drawer = Pick<Storage, "getItem" | "setItem">;

export interface AccessParts {
  /** The page's address. */
  readonly address: URL;
  readonly drawer: Drawer | undefined;
  readonly fetch: (url: URL, options: RequestInit) => Promise<Response>;
}

/** How the page is let in: by tickets, which the host's own login or the start token of the page's address gives. */
export class Access {
  /** The base path as the browser sees it. */
  readonly base: URL;
  /** The login in front of the page has ended, or there was none. */
  readonly isRefused = signal(false);
  readonly #parts: AccessParts;
  readonly #startToken: string | undefined;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.base = new URL(".", parts.address);
    this.base.search = this.base.hash = "";
    const given = parts.address.searchParams.get("token") ?? undefined;
    this.#startToken = given ?? recall(parts.drawer);
    if (given !== undefined) remember(parts.drawer, given);
  }

  /** A ticket for the next connection; undefined where the host gives none. Rejects where it may give one later. */
  async ticket(): Promise<string | undefined> {
    const headers = this.#startToken === undefined ? {} : { authorization: `Bearer ${this.#startToken}` };
    const options: RequestInit = { method: "POST", headers, credentials: "same-origin", cache: "no-store" };
    const response = await this.#parts.fetch(new URL("ticket", this.base), options);
    this.isRefused.value = response.status === 401 || response.status === 403;
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`ticket: ${response.status}`);
    const { ticket, expiresMs } = readTicket(await response.json());
    this.#renewAfter((expiresMs - nowMs()) / 2);
    return ticket;
  }

  #cancelRenewal = (): void => undefined;

  /** The cookie that comes with a ticket lets a reload in, and reads what is beside the page. */
  #renewAfter(delayMs: number): void {
    this.#cancelRenewal();
    const renew = () => {
      if (!globalThis.document?.hidden) this.ticket().catch(() => undefined);
      else this.#renewAfter(delayMs);
    };
    this.#cancelRenewal = after(Math.max(shortestRenewalMs, delayMs), renew);
  }
}

function readTicket(answer: unknown): { ticket: string; expiresMs: number } {
  if (typeof answer !== "object" || answer === null) throw new TypeError("ticket");
  const ticket: unknown = Reflect.get(answer, "ticket");
  const expiresMs: unknown = Reflect.get(answer, "expiresMs");
  if (typeof ticket !== "string") throw new TypeError("ticket");
  return { ticket, expiresMs: typeof expiresMs === "number" ? expiresMs : 0 };
}

function recall(drawer: Drawer | undefined): string | undefined {
  try {
    return drawer?.getItem(place) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(drawer: Drawer | undefined, token: string): void {
  try {
    drawer?.setItem(place, token);
  } catch {
    // Then a reload needs the address that the service printed once more.
  }
}
