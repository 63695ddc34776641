import type { ErrorMessage, WireCodeName } from "@metricast/protocol";

/** A request that is answered with an `error` message. Thrown by routes; nothing of the request was applied. */
export class Refusal extends Error {
  readonly code: WireCodeName;
  readonly at: Pick<ErrorMessage, "field" | "item" | "detail">;

  constructor(code: WireCodeName, at: Pick<ErrorMessage, "field" | "item" | "detail"> = {}) {
    super(code);
    this.code = code;
    this.at = at;
  }
}
