import { type HostCode, hostCodes } from "@metricast/protocol";
import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import { MetricastError } from "../errors.js";
import { inWords } from "./in-words.js";
import type { Stats } from "./stats.js";

export type Severity = "error" | "warning";

/** How a part of metricast tells the host. At most one a minute per code and source, channel or key; never throws. */
export type Report = (
  severity: Severity,
  code: HostCode,
  details: Record<string, unknown>,
  cause?: unknown,
) => void;

export interface ReporterParts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Logger;
  /** Hands the error to the host's listeners. */
  readonly emit: (severity: Severity, error: MetricastError) => void;
  readonly stats: Pick<Stats, "listenerFailures">;
}

const quietMs = 60_000;
/** Keys may come from outside (a source's name): the table must not be the leak. */
const maxKeys = 1_000;

interface Recent {
  saidMs: number;
  suppressed: number;
}

export class Reporter {
  readonly #parts: ReporterParts;
  readonly #recent = new Map<string, Recent>();
  readonly #counts = new Map<HostCode, number>();
  #errors = 0;
  #warnings = 0;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** Bound, to be handed to the parts. */
  readonly report: Report = (severity, code, details, cause) => {
    this.#count(severity, code);
    const suppressed = this.#admit(
      `${code} ${String(details.source ?? details.channel ?? details.key ?? "")}`,
    );
    if (suppressed === undefined) return;
    const said = suppressed === 0 ? details : { ...details, suppressed };
    const error = new MetricastError(code, `${hostCodes[code]}${inWords(said, cause)}`, said, cause);
    this.#log(severity, error);
    this.#emit(severity, error);
  };

  /** Reports so far, the suppressed ones included. */
  get errors(): number {
    return this.#errors;
  }

  get warnings(): number {
    return this.#warnings;
  }

  get counts(): ReadonlyMap<HostCode, number> {
    return this.#counts;
  }

  #count(severity: Severity, code: HostCode): void {
    if (severity === "error") this.#errors += 1;
    else this.#warnings += 1;
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** How many were kept back since the last one; undefined while it is too soon for another. */
  #admit(key: string): number | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    const recent = this.#recent.get(key);
    if (recent !== undefined && nowMs - recent.saidMs < quietMs) {
      recent.suppressed += 1;
      return undefined;
    }
    this.#recent.delete(key);
    this.#recent.set(key, { saidMs: nowMs, suppressed: 0 });
    if (this.#recent.size > maxKeys) this.#forgetOldest();
    return recent?.suppressed ?? 0;
  }

  #forgetOldest(): void {
    for (const key of this.#recent.keys()) {
      this.#recent.delete(key);
      return;
    }
  }

  #log(severity: Severity, error: MetricastError): void {
    const { logger } = this.#parts;
    const fields = {
      ...error.details,
      code: error.code,
      ...(error.cause === undefined ? {} : { err: error.cause }),
    };
    try {
      if (severity === "error") logger.error(fields, error.message);
      else logger.warn(fields, error.message);
    } catch {
      this.#parts.stats.listenerFailures += 1;
    }
  }

  #emit(severity: Severity, error: MetricastError): void {
    try {
      this.#parts.emit(severity, error);
    } catch (cause) {
      this.#parts.stats.listenerFailures += 1;
      // Not through report(): the listener that just threw would be called again.
      this.#log("error", new MetricastError("MC_LISTENER_FAILED", undefined, { event: severity }, cause));
    }
  }
}
