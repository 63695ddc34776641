import type { ServerResponse } from "node:http";
import type { Arm, ArmParts } from "./arm.js";
import { listenUws } from "./uws-app.js";

/** `io.emit` to everybody, WebSocket only. */
export async function socketIo({ server, moving }: ArmParts): Promise<Arm> {
  // Only this arm's process is to pay for loading it.
  const { Server: SocketIoServer } = await import("socket.io");
  const io = new SocketIoServer(server, { transports: ["websocket"], serveClient: false });
  return {
    tick() {
      moving.advance();
      io.emit("metrics", moving.snapshot);
    },
  };
}

/** Server-sent events on node:http, one string for everybody. */
export function serverSentEvents({ server, moving }: ArmParts): Arm {
  const clients = new Set<ServerResponse>();
  server.prependListener("request", (req, res) => {
    if (req.url !== "/events") return;
    res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    res.flushHeaders();
    clients.add(res);
    res.on("close", () => clients.delete(res));
  });
  return {
    tick() {
      moving.advance();
      const text = `data: ${JSON.stringify(moving.snapshot)}\n\n`;
      for (const res of clients) res.write(text);
    },
  };
}

/** uWebSockets.js: one string published to a topic, in C++. */
export async function uwsPublish({ moving, messageBytes = 0 }: ArmParts): Promise<Arm> {
  const { app, port } = await listenUws((app, uws) =>
    app.ws("/*", {
      compression: uws.DISABLED,
      maxBackpressure: 64 * 1024 * 1024,
      open: (ws) => {
        ws.subscribe("metrics");
      },
    }),
  );
  return {
    port,
    tick() {
      moving.advance();
      // JSON with blanks behind it is the same JSON.
      app.publish("metrics", JSON.stringify(moving.snapshot).padEnd(messageBytes), false);
    },
  };
}

/** The monitor that people put into an Express application: its own page, its own values, once a second. */
export async function statusMonitor({ server }: ArmParts): Promise<Arm> {
  const { default: express } = await import("express");
  const { default: monitor } = await import("express-status-monitor");
  const app = express();
  app.use(monitor());
  server.removeAllListeners("request");
  server.on("request", app);
  return {
    ticksItself: true,
    // It takes sockets from the first request on.
    async prepare(port) {
      await fetch(`http://127.0.0.1:${port}/status`);
    },
    tick() {},
  };
}
