import type { ArmOptions } from "../server/arm.js";
import type { LoadKind } from "./load-client.js";

export type Subprotocol = "metricast.v1.json" | "metricast.v1.bin";

/** One of those that are compared. */
export interface ArmSpec {
  /** As tables show it. */
  readonly label: string;
  readonly arm: ArmName;
  readonly clients: number;
  readonly options: ArmOptions;
  /** metricast alone: what every client subscribes to, by selection. Default: everything, once. */
  readonly selects?: readonly (readonly string[])[];
  /** metricast alone: one client after the other subscribes to the next of these instead. Their bytes differ. */
  readonly ownSelects?: readonly (readonly string[])[];
  /** metricast alone. */
  readonly protocol?: Subprotocol;
}

export type ArmName = keyof typeof targets;

/** How the load client speaks to each. */
export const targets = {
  metricast: { kind: "metricast", path: "/metricast/" },
  "ws-naive": { kind: "ws", path: "/" },
  "ws-once": { kind: "ws", path: "/" },
  "ws-frame": { kind: "ws", path: "/" },
  "ws-liar": { kind: "ws", path: "/" },
  "socket.io": { kind: "socketio", path: "/socket.io/?EIO=4&transport=websocket" },
  sse: { kind: "sse", path: "/events" },
  uws: { kind: "ws", path: "/" },
  "status-monitor": { kind: "socketio", path: "/socket.io/?EIO=3&transport=websocket" },
  "c-write": { kind: "ws", path: "/" },
} as const satisfies Record<string, { kind: LoadKind; path: string }>;

export const armLabels: Readonly<Record<ArmName, string>> = {
  metricast: "metricast",
  "ws-naive": "ws, stringify per client",
  "ws-once": "ws, stringify once",
  "ws-frame": "ws, one ready frame",
  "ws-liar": "a liar",
  "socket.io": "Socket.IO 4.8",
  sse: "SSE on node:http",
  uws: "uWS publish",
  "status-monitor": "express-status-monitor 1.3, its own values",
  "c-write": "C, one ready frame",
};
