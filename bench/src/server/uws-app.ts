import type { TemplatedApp } from "uWebSockets.js";

/** An App that was given its routes, listening; resolves to its port. Only the process that needs it pays for loading it. */
export async function listenUws(
  prepare: (app: TemplatedApp, uws: typeof import("uWebSockets.js")) => void,
): Promise<{ readonly app: TemplatedApp; readonly port: number }> {
  const { default: uws } = await import("uWebSockets.js");
  const app = uws.App();
  prepare(app, uws);
  const port = await new Promise<number>((resolve, reject) => {
    app.listen("127.0.0.1", 0, (socket) =>
      socket === false ? reject(new Error("uWS does not listen")) : resolve(uws.us_socket_local_port(socket)),
    );
  });
  return { app, port };
}
