/** Counters of everything metricast does. Plain numbers, incremented in place; read by health and the self-metrics. */
export class Stats {
  // sessions
  accepted = 0;
  closed = 0;
  /** Handshakes refused before the upgrade. */
  refused = 0;
  /** Sessions closed at once because of the client limit. */
  overLimit = 0;
  dead = 0;
  messagesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  /** Errors answered to clients. */
  clientErrors = 0;
  rateLimited = 0;
  // delivery
  framesBuilt = 0;
  framesSent = 0;
  keyframesSent = 0;
  blocksSent = 0;
  /** Ticks that a session did not get one by one but merged into a coarser block. */
  ticksMerged = 0;
  /** Ticks that a session did not get in any form. */
  ticksSkipped = 0;
  eventsSent = 0;
  /** Sends that a transport did not accept. */
  sendsRefused = 0;
  // feed
  ticks = 0;
  ticksMissed = 0;
  /** Ticks left out to spare the host's event loop. */
  ticksShed = 0;
  sourceFailures = 0;
  sourceTimeouts = 0;
  samplesRejected = 0;
  samplesOverflowed = 0;
  events = 0;
  // alerts
  alertsFired = 0;
  alertsResolved = 0;
  /** Alerts not told, as too many fire. */
  alertsDropped = 0;
  /** Alerts that a webhook took. */
  alertDeliveries = 0;
  /** Alerts given up. */
  alertsUndelivered = 0;
  // host
  hookFailures = 0;
  listenerFailures = 0;
}
