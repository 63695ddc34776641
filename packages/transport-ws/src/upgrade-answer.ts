import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Refused } from "@metricast/core";

/** RFC 6455, section 1.3: proves that the answer comes from a WebSocket server. */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Sixteen bytes in base64. */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;
/** Token characters of RFC 9110; a list of them, none twice, is checked where it is read. */
const protocolPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const version = "13";

/** The head that answers an upgrade with a subprotocol, or none; else what is wrong with the request. */
export function answerUpgrade(req: IncomingMessage, protocol: string): Buffer | Refused {
  const { headers, method } = req;
  if (method !== "GET") return refused(405, "method_not_allowed", { Allow: "GET" });
  const key = headers["sec-websocket-key"];
  if (key === undefined || !keyPattern.test(key)) return malformed();
  if (headers["sec-websocket-version"] !== version) return malformed({ "Sec-WebSocket-Version": version });
  const offered = headers["sec-websocket-protocol"];
  if (offered !== undefined && !isProtocolList(offered)) return malformed();
  const accept = createHash("sha1")
    .update(key + acceptSuffix)
    .digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === "" || offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function isProtocolList(header: string): boolean {
  if (protocolPattern.test(header)) return true;
  const names = header.split(",").map((name) => name.trim());
  return names.every((name) => protocolPattern.test(name)) && new Set(names).size === names.length;
}

function malformed(headers: Readonly<Record<string, string>> = {}): Refused {
  return refused(400, "malformed", headers);
}

function refused(status: number, name: string, headers: Readonly<Record<string, string>>): Refused {
  return { accepted: false, status, headers, body: JSON.stringify({ code: status, name }) };
}
