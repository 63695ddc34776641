import { SocketAddress } from "node:net";
import type { Handshake } from "@metricast/core";
import type { UwsRequest, UwsResponse } from "./uws.js";

/** What a handler may know of a request, and nothing that dies with it. */
export type CopiedRequest = Omit<Handshake, "protocols">;

export function copyRequest(response: UwsResponse, request: UwsRequest, secure: boolean): CopiedRequest {
  return {
    method: request.getMethod().toUpperCase(),
    path: request.getUrl(),
    query: request.getQuery() ?? "",
    headers: copyHeaders(request),
    remoteAddress: addressOf(response),
    secure,
  };
}

export function copyHandshake(response: UwsResponse, request: UwsRequest, secure: boolean): Handshake {
  const copied = copyRequest(response, request, secure);
  return { ...copied, protocols: tokens(copied.headers.get("sec-websocket-protocol")) };
}

function copyHeaders(request: UwsRequest): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  request.forEach((name, value) => {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return headers;
}

/** As Node would write it: here an IPv6 address comes with all its zeros. Empty of a Unix socket. */
function addressOf(response: UwsResponse): string {
  const address = Buffer.from(response.getRemoteAddressAsText()).toString();
  return address.includes(":") ? new SocketAddress({ address, family: "ipv6" }).address : address;
}

function tokens(header = ""): readonly string[] {
  return header
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "");
}
