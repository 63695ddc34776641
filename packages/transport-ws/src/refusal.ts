import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Refused } from "@metricast/core";

/** Answers an upgrade with a plain HTTP response and ends the socket. */
export function refuse(socket: Duplex, { status, headers, body }: Refused): void {
  const fields = new Map([
    ["connection", "close"],
    ["content-type", "application/json; charset=utf-8"],
    ["content-length", String(Buffer.byteLength(body))],
  ]);
  for (const [name, value] of Object.entries(headers)) fields.set(name.toLowerCase(), value);

  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`];
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  socket.once("finish", socket.destroy);
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
