import type { HttpAnswer, HttpRequest, HttpResponse, Refused } from "@metricast/core";
import type { ByeMessage, ErrorMessage, WireCodeName } from "@metricast/protocol";
import { closeCodes } from "@metricast/protocol";
import { retryField } from "./event-text.js";
import { streamHeaders } from "./stream-headers.js";

/** What an error word is as the status of an answer. */
const statuses: Readonly<Record<WireCodeName, number>> = {
  invalid_message: 400,
  unknown_type: 400,
  unsupported_version: 400,
  already_subscribed: 400,
  not_subscribed: 400,
  unauthenticated: 401,
  forbidden: 403,
  too_large: 413,
  limit: 429,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  system_error: 503,
};

const comeBackMs = 5_000;

export function errorResponse(error: ErrorMessage): HttpResponse {
  const { code: name, temporary, field, item, detail, retryAfterMs } = error;
  const code = statuses[name];
  const where = { ...(field !== undefined && { field }), ...(item !== undefined && { item }) };
  const afterMs = retryAfterMs ?? (temporary ? comeBackMs : undefined);
  return refusal(code, { name, ...where, ...(detail !== undefined && { detail }) }, afterMs);
}

/** The session was ended before it had answered. */
export function byeResponse({ code, reconnectAfterMs = comeBackMs }: ByeMessage): HttpResponse {
  if (code === closeCodes.tooBig.code) return refusal(414, { name: "too_large" });
  if (code === closeCodes.authExpired.code) return refusal(401, { name: "unauthenticated" });
  if (code === closeCodes.kicked.code) return refusal(403, { name: "forbidden" });
  return refusal(503, { name: "unavailable" }, reconnectAfterMs);
}

export function refusedResponse({
  status,
  headers: { Connection: _, ...headers },
  body,
}: Refused): HttpResponse {
  return { status, headers, body };
}

export function refusal(
  code: number,
  body: { readonly name: string },
  retryAfterMs?: number,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status: code,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...(retryAfterMs !== undefined && {
        "Retry-After": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))),
      }),
      ...headers,
    },
    body: JSON.stringify({ code, ...body }),
  };
}

/**
 * EventSource gives up for good where the answer is no stream. Who takes nothing but a stream, as it does, and may come
 * back, is told so on one: a goodbye, and when.
 */
export function toldOnStream(refused: HttpResponse, { headers }: HttpRequest): HttpAnswer {
  const retryAfter = Number(refused.headers["Retry-After"]);
  if (headers.get("accept")?.trim() !== "text/event-stream" || !(retryAfter > 0)) return refused;
  const { code, reason } = closeCodes.tryLater;
  const bye = { type: "bye", code, reason, reconnectAfterMs: retryAfter * 1_000 } satisfies ByeMessage;
  return {
    status: 200,
    headers: streamHeaders,
    open(sink) {
      sink.write(
        Buffer.concat([retryField(bye.reconnectAfterMs), Buffer.from(`data: ${JSON.stringify(bye)}\n\n`)]),
      );
      sink.end();
      return { drained() {}, closed() {} };
    },
    abandon() {},
  };
}
