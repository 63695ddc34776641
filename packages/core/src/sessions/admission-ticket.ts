import type { CloseCodeName } from "@metricast/protocol";
import type { Admitted, Handshake } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Codec } from "../views/frames.js";
import { protocolFor } from "./subprotocol.js";

/** What core makes of an admission; handed back with the opened socket. */
export interface AdmissionTicket {
  /** Key of the client's address: IPv4, or the /64 of an IPv6 one. */
  readonly address: string;
  /** Known from the handshake; absent while `hello` must say. */
  readonly identity?: Identity;
  /** How frames and blocks are to be sent. */
  readonly codec: Codec;
  readonly needsHello: boolean;
  /** The socket is opened only to be closed with this: a browser cannot read an HTTP refusal. */
  readonly closeWith?: CloseCodeName;
  readonly reconnectAfterMs?: number;
  /** In production nobody decided who may watch. */
  readonly misconfigured?: true;
}

export function admitted(handshake: Handshake, ticket: AdmissionTicket): Admitted {
  // A browser that offered protocols fails a handshake that answers none, and would never read the close code.
  const protocol = protocolFor(handshake.protocols) ?? handshake.protocols[0] ?? "";
  return { accepted: true, protocol, ticket };
}
