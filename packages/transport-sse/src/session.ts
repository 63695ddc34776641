import type { Acceptor, HttpRequest, HttpResponse } from "@metricast/core";
import type { ServerMessage } from "@metricast/protocol";
import { SseConnection } from "./connection.js";
import { byeResponse, errorResponse, refusal, refusedResponse } from "./refusal.js";

export interface Answered {
  readonly connection: SseConnection;
  readonly reply: ServerMessage;
}

/**
 * Opens a session for a request and asks it one thing, the way every other client asks: so every door decides alike who
 * may see what. `ask` is told the server's time. The response: what it was refused with; then the session is over.
 */
export async function askSession(
  acceptor: Acceptor,
  request: HttpRequest,
  ask: (serverTimeMs: number) => object,
): Promise<Answered | HttpResponse> {
  const { method, path, query, headers, remoteAddress, secure } = request;
  const handshake = { method, path, query, headers, remoteAddress, secure, protocols: [], oneWay: true };
  const admission = await acceptor.admit(handshake);
  if (!admission.accepted) return refusedResponse(admission);
  // It may have waited for its turn for longer than its client had patience: nobody reads this.
  if (request.isGone?.()) return refusal(503, { name: "unavailable" });
  const connection = new SseConnection();
  const receiver = acceptor.accept(connection, admission);
  connection.start(receiver, ask(connection.serverTimeMs));
  const reply = await connection.reply;
  if (reply.type !== "error" && reply.type !== "bye") return { connection, reply };
  connection.leave();
  return reply.type === "error" ? errorResponse(reply) : byeResponse(reply);
}
