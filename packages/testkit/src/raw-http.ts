import { connect, type Socket } from "node:net";

export interface RawResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Every byte as it came, as latin1. */
  readonly text: string;
}

/** Sends bytes as they are to a port of 127.0.0.1 and reads one response; "" as text when the socket just ends. */
export async function rawHttp(port: number, request: string | Uint8Array): Promise<RawResponse> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(request);
    return await readResponse(socket);
  } finally {
    socket.destroy();
  }
}

/** The same response without what differs each time it is asked for. */
export function withoutDate(response: RawResponse): string {
  return response.text.replace(/^date: .*\r\n/im, "");
}

function readResponse(socket: Socket): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isComplete(text)) resolve(parseResponse(text));
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(parseResponse(text)));
  });
}

/** The head of a response and what follows it, once the head is whole. */
export function splitHead(text: string): { head: string; rest: string } | undefined {
  const at = text.indexOf("\r\n\r\n");
  return at < 0 ? undefined : { head: text.slice(0, at), rest: text.slice(at + 4) };
}

export function parseResponse(text: string): RawResponse {
  const { head, rest } = splitHead(text) ?? { head: text, rest: "" };
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(" ")[1] ?? 0), headers, body: rest, text };
}

/** Whether a response's head and, where its end can be told, its body have come. */
export function isComplete(text: string): boolean {
  const { headers, body } = parseResponse(text);
  if (splitHead(text) === undefined) return false;
  const length = headers.get("content-length");
  if (length !== undefined) return body.length >= Number(length);
  return headers.get("transfer-encoding") === "chunked" && body.endsWith("0\r\n\r\n");
}
