import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Arm, ArmParts } from "./arm.js";

interface Client {
  readonly ws: WebSocket;
  readonly socket: Duplex;
}

function accept({ server }: ArmParts): Set<Client> {
  const clients = new Set<Client>();
  const wss = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  server.on("upgrade", (req, socket, head) => {
    wss.handleUpgrade(req, socket, head, (ws) => admit(clients, ws, socket));
  });
  return clients;
}

/** Not a closure of the upgrade's handler, which would keep every request alive. */
function admit(clients: Set<Client>, ws: WebSocket, socket: Duplex): void {
  const client = { ws, socket };
  clients.add(client);
  ws.on("error", () => {});
  ws.on("close", () => clients.delete(client));
}

/** What people write first. */
export function wsNaive(parts: ArmParts): Arm {
  const clients = accept(parts);
  const { moving } = parts;
  return {
    tick() {
      moving.advance();
      for (const { ws } of clients) ws.send(JSON.stringify(moving.snapshot));
    },
  };
}

/** One string for everybody. */
export function wsOnce(parts: ArmParts): Arm {
  const clients = accept(parts);
  const { moving } = parts;
  return {
    tick() {
      moving.advance();
      const text = JSON.stringify(moving.snapshot);
      for (const { ws } of clients) ws.send(text);
    },
  };
}

/** One frame for everybody, header included, written to the socket itself. */
export function wsFrame(parts: ArmParts): Arm {
  const clients = accept(parts);
  const { moving } = parts;
  return {
    tick() {
      moving.advance();
      const frame = framed(JSON.stringify(moving.snapshot));
      for (const { socket } of clients) socket.write(frame);
    },
  };
}

/** Says it sent what it did not: the run must notice. */
export function wsLiar(parts: ArmParts): Arm {
  const clients = accept(parts);
  const { moving } = parts;
  return {
    tick() {
      moving.advance();
      const text = JSON.stringify(moving.snapshot);
      const skipped = moving.snapshot.seq % 3 === 0 ? [...clients][0] : undefined;
      for (const client of clients) if (client !== skipped) client.ws.send(text);
    },
  };
}

/** A whole text message, unmasked. */
export function framed(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(0x81, length), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
