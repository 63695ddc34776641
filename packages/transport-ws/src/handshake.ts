import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { copyHeaders, type Handshake } from "@metricast/core";

/** Copies what core may know of an upgrade, so that nothing keeps the request alive. */
export function copyHandshake(req: IncomingMessage): Handshake {
  const url = req.url ?? "";
  const queryAt = url.indexOf("?");
  const headers = copyHeaders(req.rawHeaders);
  return {
    method: req.method ?? "",
    path: pathOf(url),
    query: queryAt < 0 ? "" : url.slice(queryAt + 1),
    headers,
    remoteAddress: req.socket.remoteAddress ?? "",
    secure: req.socket instanceof TLSSocket,
    protocols: tokens(headers.get("sec-websocket-protocol")),
  };
}

export function pathOf(url: string): string {
  const queryAt = url.indexOf("?");
  return queryAt < 0 ? url : url.slice(0, queryAt);
}

function tokens(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  if (!header.includes(",")) return header.trim() === "" ? [] : [header.trim()];
  return header
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "");
}
