/** A way into a service: how its host opens it, in the words of a script, and where clients come in. */
export interface Door {
  readonly name: string;
  /** What the client library is told. */
  readonly transport: "websocket" | "stream";
  /**
   * Statements that serve `cast` on `host`, with `globalThis.hostOptions` where the host has any. They leave the port that clients
   * use in `port`, in `written()` the bytes given to sockets that are open, in `cuts()` a function for each that ends it, and in
   * `stop()` what ends listening.
   */
  readonly script: string;
}

const ws: Door = {
  name: "ws",
  transport: "websocket",
  script: `
    import { createServer } from "node:http";
    const routes = cast.handler();
    const server = createServer(globalThis.hostOptions ?? {}, (request, response) =>
      routes(request, response, () => response.end("the host's own")),
    );
    cast.attach(server);
    await new Promise((resolve) => server.listen(0, host, resolve));
    const port = server.address().port;
    const sockets = new Set();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    const written = () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0);
    const cuts = () => [...sockets].map((socket) => () => socket.destroy());
    const stop = () => server.close();
  `,
};

const uws: Door = {
  name: "uWS",
  transport: "websocket",
  script: `
    import uws from "uWebSockets.js";
    import { attachUws } from "@metricast/transport-uws";
    const app = uws.App();
    // uWS does not say which sockets there are, nor what they were given.
    const sockets = new Map();
    const noted = ({ open, close, ...behavior }) => ({
      ...behavior,
      open(socket) {
        const send = socket.send.bind(socket);
        sockets.set(socket, 0);
        socket.send = (message, isBinary) => {
          sockets.set(socket, sockets.get(socket) + message.byteLength);
          return send(message, isBinary);
        };
        open(socket);
      },
      close(socket, code, reason) {
        sockets.delete(socket);
        close(socket, code, reason);
      },
    });
    attachUws({ ws: (path, behavior) => app.ws(path, noted(behavior)), any: (...route) => app.any(...route) }, cast);
    app.any("/*", (response) => response.end("the host's own"));
    const listening = await new Promise((resolve) => app.listen(host, 0, resolve));
    const port = uws.us_socket_local_port(listening);
    const written = () => [...sockets.values()].reduce((sum, bytes) => sum + bytes, 0);
    const cuts = () => [...sockets.keys()].map((socket) => () => sockets.has(socket) && socket.close());
    const stop = () => uws.us_listen_socket_close(listening);
  `,
};

/** The same server for clients that only read. */
export const streams: Door = { ...ws, name: "streams", transport: "stream" };

const uwsStreams: Door = { ...uws, name: "streams of uWS", transport: "stream" };

/** All there are, for what takes long. */
export const everyDoor: readonly Door[] = [ws, uws, streams, uwsStreams];

/** Every fault is put to each of them: to uWS in a run of its own, as that takes as long again (uws.long.test.ts). */
export const doors: readonly Door[] = [process.env.METRICAST_DOOR === "uws" ? uws : ws];
