import uws from "uWebSockets.js";
import { transportContract, UwsHost } from "@metricast/testkit";
import { uwsHandler } from "@metricast/transport-uws";
import { sseRoutes } from "./index.js";

transportContract(
  "sse on uWS",
  async (acceptor) => {
    const route = uwsHandler(sseRoutes(acceptor), { path: "/metricast" });
    const host = await UwsHost.start(uws, (app) => app.any("/metricast/*", route));
    return { url: `http://127.0.0.1:${host.port}/metricast/stream`, close: async () => host.close() };
  },
  // A stream goes one way; and uWS takes no header name with an underscore.
  { receives: false, underscoreInHeaders: false },
);
