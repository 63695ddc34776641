import { type CloseCode, closeCodes, type ErrorMessage } from "@metricast/protocol";
import type {
  Acceptor,
  Admission,
  Admitted,
  Connection,
  Handshake,
  Receiver,
} from "../contracts/connection.js";
import type { Random } from "../contracts/random.js";
import { RandomPool } from "../random-pool.js";
import type { AdmissionDesk } from "./admission.js";
import type { AdmissionTicket } from "./admission-ticket.js";
import type { Hub } from "./hub.js";
import { Inbox } from "./inbox.js";
import { welcome } from "./routes/welcome.js";
import { Session, type SessionSetting } from "./session.js";
import { ViewSets } from "./view-set.js";

export interface SessionDeskParts {
  readonly hub: Hub;
  readonly admission: AdmissionDesk;
  readonly random: Pick<Random, "bytes">;
  readonly onOpen: (session: Session) => void;
  readonly onClose: (session: Session, code: number) => void;
}

/** In production nobody decided who may watch: whoever tries to should learn what to tell the operator. */
const misconfigured: ErrorMessage = {
  type: "error",
  code: "unauthenticated",
  temporary: false,
  detail: "MC_AUTH_MISSING: set authenticate, secret or public",
};
/** Within this time clients that came too late for a close are to come back. */
const comeBackMs = 5_000;
/** Sessions that began together do not end together: a tenth either way. */
const lifetimeSpread = 0.1;

/** Hears of a socket that is no session. */
const nobody: Receiver = { message() {}, pong() {}, drained() {}, closed() {} };

/** Where transports hand over their sockets, and where all sessions are. */
export class SessionDesk implements Acceptor {
  readonly maxFrameBytes: number;
  readonly deadAfterMs: number;
  readonly sessions = new Set<Session>();
  /** Views that sessions watch together. */
  readonly sets = new ViewSets();
  readonly #parts: SessionDeskParts;
  readonly #setting: SessionSetting;
  readonly #random: RandomPool;
  #isShut = false;

  constructor(parts: SessionDeskParts) {
    this.#parts = parts;
    this.#random = new RandomPool(parts.random);
    const { options, stats, monotonicMs } = parts.hub;
    const { maxInFlightBytes, heartbeatMs } = options;
    this.maxFrameBytes = options.maxMessageBytes;
    this.deadAfterMs = options.deadAfterMs;
    this.#setting = {
      maxInFlightBytes,
      heartbeatMs,
      stats,
      sets: this.sets,
      now: () => Math.floor(monotonicMs()),
    };
  }

  get count(): number {
    return this.sessions.size;
  }

  /** From now on every socket that is still handed over is sent away. */
  shut(): void {
    this.#isShut = true;
  }

  /** Ends the sessions of an identity for good; answers how many there were. */
  disconnect(id: string): number {
    const theirs = [...this.sessions].filter(({ isOpen, identity }) => isOpen && identity?.id === id);
    for (const session of theirs) session.end(closeCodes.kicked);
    return theirs.length;
  }

  admit(handshake: Handshake): Admission | Promise<Admission> {
    return this.#parts.admission.admit(handshake);
  }

  accept(connection: Connection, admitted: Admitted): Receiver {
    // Transports hand back what `admit` of this very desk gave them.
    const ticket = admitted.ticket as AdmissionTicket;
    const session = this.#createSession(connection, ticket);
    if (ticket.misconfigured) session.tell(misconfigured);
    if (ticket.closeWith)
      return this.#turnAway(session, closeCodes[ticket.closeWith], ticket.reconnectAfterMs);
    // Admitted before the end, opened after it.
    if (this.#isShut)
      return this.#turnAway(session, closeCodes.restart, this.#random.fraction() * comeBackMs);
    // Handshakes that were decided at the same time may together be one too many.
    if (this.count >= this.#parts.hub.options.maxClients) {
      return this.#turnAway(session, closeCodes.tryLater, this.#parts.admission.turnAway());
    }
    return this.#open(session);
  }

  #open(session: Session): Receiver {
    const { hub, admission, onOpen } = this.#parts;
    this.sessions.add(session);
    admission.opened(session.address);
    hub.stats.accepted++;
    if (session.identity) welcome(session, hub);
    onOpen(session);
    return new Inbox(session, hub, this.#left);
  }

  /** One function for all sessions, as they are many. */
  readonly #left = (session: Session, code: number): void => {
    const { hub, admission, onClose } = this.#parts;
    if (!this.sessions.delete(session)) return;
    session.leaveAll();
    admission.left(session.address);
    hub.stats.closed++;
    // Of a peer that is torn down the transport knows no code; why is known here.
    onClose(session, session.endCode ?? code);
  };

  #turnAway(session: Session, code: CloseCode, reconnectAfterMs: number | undefined): Receiver {
    session.end(code, reconnectAfterMs);
    return nobody;
  }

  #createSession(connection: Connection, ticket: AdmissionTicket): Session {
    const { hub } = this.#parts;
    const nowMs = this.#setting.now();
    const spread = 1 + lifetimeSpread * (2 * this.#random.fraction() - 1);
    return new Session({
      id: this.#random.bytes(9).toString("base64url"),
      connection,
      address: ticket.address,
      identity: ticket.identity,
      codec: ticket.codec,
      setting: this.#setting,
      nowMs,
      endsMs: Math.floor(nowMs + hub.options.maxSessionMs * spread),
      // The first time after a part of it, so that those that came together are not asked about together.
      recheckAtMs: Math.floor(nowMs + hub.options.recheckMs * (1 - this.#random.fraction() / 2)),
    });
  }
}
