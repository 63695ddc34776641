import { closeCodes, type MergeWish } from "@metricast/protocol";
import { atMost } from "./at-most.js";
import type { Collection } from "./collection.js";
import type { Cancel } from "./contracts/clock.js";
import type { Services } from "./services.js";
import { AdmissionDesk } from "./sessions/admission.js";
import { authorizedScope } from "./sessions/authorizer.js";
import { drainSessions } from "./sessions/drain.js";
import { Heartbeat } from "./sessions/heartbeat.js";
import type { Hub } from "./sessions/hub.js";
import { type MergedNotice, tellMerged } from "./sessions/merged-notice.js";
import { MessageRate } from "./sessions/rate-limit.js";
import { recheck } from "./sessions/recheck.js";
import type { Session } from "./sessions/session.js";
import { SessionDesk } from "./sessions/session-desk.js";
import type { Tickets } from "./sessions/ticket.js";
import { FanOut } from "./views/fan-out.js";

/** How long who comes back with a position waits for an instance that begins: clients wait ten seconds for an answer. */
const longestBeginningMs = 8_000;
/** How long a client may take to answer the close; one that does not would keep the process alive. */
const closingHandshakeMs = 500;

/** The side where clients come in: admission, sessions, and what brings ticks and events to them. */
export class Serving {
  readonly admission: AdmissionDesk;
  readonly desk: SessionDesk;
  readonly authorize: Hub["authorize"];
  readonly #services: Services;
  readonly #collection: Collection;
  readonly #fanOut: FanOut<Session>;
  readonly #heartbeat: Heartbeat;
  #begun: Promise<void> | undefined;
  #eventWalk: Cancel | undefined;
  /** Called when the last session is gone. */
  #onEmpty: () => void = () => {};

  constructor(services: Services, collection: Collection, tickets: Tickets, onSweep: () => void) {
    const { options, stats, reporter, emitter, deliveryTimes, cost, time } = services;
    const { clock, random } = options;
    this.#services = services;
    this.#collection = collection;
    const clients = { count: 0 };
    const hub = this.#hub();
    this.authorize = hub.authorize;
    this.admission = new AdmissionDesk({
      options: { ...options.given, ...options },
      clock,
      random,
      tickets,
      clients,
      report: reporter.report,
      stats,
    });
    this.desk = new SessionDesk({
      hub,
      admission: this.admission,
      random,
      onOpen: ({ id: session, address }) => {
        clients.count++;
        emitter.emit("connect", { session, address });
      },
      onClose: ({ id: session, address }, code) => {
        clients.count--;
        if (clients.count === 0) this.#onEmpty();
        emitter.emit("disconnect", { session, address, code });
      },
    });
    const { sessions } = this.desk;
    this.#fanOut = new FanOut({
      clock,
      sliceMs: options.fanOutSliceMs,
      sessions,
      serve: (session, round, nowMs) => session.visit(round, nowMs),
      onServed: (afterMs, count) => deliveryTimes.record(afterMs, count),
      onEnd: () => this.desk.sets.release(),
      onFault: (cause, session) => {
        reporter.report("error", "MC_INTERNAL", { key: "fan-out" }, cause);
        session?.end(closeCodes.internalError);
      },
      cost,
    });
    this.#heartbeat = new Heartbeat({
      clock,
      options,
      sessions,
      stats,
      cost,
      nowMs: () => time.nowMs(),
      ...(options.given.authorize && { recheck: (session) => void recheck(session, hub) }),
      onSweep: (monotonicMs) => {
        collection.views.sweep(monotonicMs);
        onSweep();
      },
    });
  }

  start(): void {
    this.admission.announce();
    this.#heartbeat.start();
  }

  /** Until that settles, but not for ever, positions that others gave out are not judged, and no balancer is to send clients. */
  beginWith(level: Promise<void>): void {
    this.#begun = atMost(this.#services.options.clock, longestBeginningMs, level).then(() => {
      this.#begun = undefined;
    });
  }

  get isBeginning(): boolean {
    return this.#begun !== undefined;
  }

  /** Every watched view gets a frame of every tick: what is not built yet must be before values move on. */
  settle(): void {
    this.#fanOut.settle();
  }

  /** To the views of these series, or of all. */
  deliver(channel: string, of?: MergeWish): void {
    this.#fanOut.start(this.#collection.views.watched(channel, of));
  }

  /** Says something of a channel of all instances to everybody who watches it. */
  tellMerged(channel: string, notice: MergedNotice): void {
    for (const session of this.desk.sessions) tellMerged(session, channel, notice);
  }

  /** Brings new events to everybody, once for all events of this turn. */
  deliverEvents(): void {
    this.#eventWalk ??= this.#services.options.clock.soon(() => {
      this.#eventWalk = undefined;
      this.#fanOut.start([]);
    });
  }

  async drain(drainMs: number): Promise<void> {
    const { clock, random } = this.#services.options;
    const refused = this.admission.drain(Math.max(1_000, drainMs));
    await drainSessions({ clock, random, sessions: this.desk.sessions }, drainMs);
    await refused;
    // Those that came while the others were sent away.
    await drainSessions({ clock, random, sessions: this.desk.sessions }, 0);
    await this.#untilEmpty(closingHandshakeMs);
  }

  /** Ends what drain left. */
  stop(): void {
    this.desk.shut();
    for (const session of this.desk.sessions) session.connection.terminate();
    this.#eventWalk?.();
    this.#fanOut.stop();
    this.#heartbeat.stop();
  }

  #untilEmpty(longestMs: number): Promise<void> {
    if (this.desk.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#services.options.clock.after(longestMs, resolve);
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  #hub(): Hub {
    const { options, epoch, stats, cost, time, reporter } = this.#services;
    const { clock, hookTimeoutMs, given } = options;
    const parts = { authorize: given.authorize, clock, hookTimeoutMs, report: reporter.report, stats };
    return {
      instance: options.instance,
      epoch,
      options,
      channels: this.#collection.channels,
      views: this.#collection.views,
      stats,
      cost,
      messageRate: new MessageRate(options),
      report: reporter.report,
      verifyToken: (token) => this.admission.verifyToken(token),
      begun: () => this.#begun,
      nowMs: () => time.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      authorize: (identity, channel) => authorizedScope(identity, channel, parts),
    };
  }
}
