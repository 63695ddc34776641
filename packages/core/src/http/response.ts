import type { HttpResponse } from "./message.js";

/** On every answer: it is about now, and it is what its type says. */
const commonHeaders = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

export function jsonResponse(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...commonHeaders, ...headers },
    body: JSON.stringify(body),
  };
}

export function textResponse(body: string, contentType: string): HttpResponse {
  return { status: 200, headers: { "Content-Type": contentType, ...commonHeaders }, body };
}

/** A refusal in the shape of all others: `{ code, name }`. */
export function refusal(
  status: number,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return jsonResponse(status, { code: status, name }, headers);
}

/** The answer to HEAD: all headers of GET, no body. */
export function withoutBody(response: HttpResponse): HttpResponse {
  const length = String(Buffer.byteLength(response.body));
  return { status: response.status, headers: { ...response.headers, "Content-Length": length }, body: "" };
}
