import type { Acceptor } from "../contracts/connection.js";
import type { HttpHandler } from "../http/handler.js";
import type { Cost } from "./cost.js";

/** An acceptor whose time is counted: that of deciding up to the first wait, and that of taking a socket over. */
export function measuredAcceptor(acceptor: Acceptor, cost: Pick<Cost, "measure">): Acceptor {
  return {
    maxFrameBytes: acceptor.maxFrameBytes,
    deadAfterMs: acceptor.deadAfterMs,
    admit: (handshake) => cost.measure(() => acceptor.admit(handshake)),
    accept: (connection, admitted) => cost.measure(() => acceptor.accept(connection, admitted)),
  };
}

/** A handler whose time up to the first wait is counted: health and metrics are made in one go. */
export function measuredHttp(handler: HttpHandler, cost: Pick<Cost, "measure">): HttpHandler {
  const measured = (request: Parameters<HttpHandler>[0]) => cost.measure(() => handler(request));
  return Object.assign(measured, { knows: (path: string) => handler.knows(path) });
}
