import uws from "uWebSockets.js";
import { transportContract, UwsHost } from "@metricast/testkit";
import { uwsBehavior } from "./index.js";

transportContract(
  "uWS",
  async (acceptor) => {
    const host = await UwsHost.start(uws, (app) => app.ws("/metricast", uwsBehavior(acceptor)));
    return { url: host.ws("/metricast"), close: async () => host.close() };
  },
  // uWS ends the socket of whoever breaks the protocol, takes no header name with an underscore, and reads what comes
  // behind an upgrade that is being decided as HTTP.
  { oversizeClose: 1006, underscoreInHeaders: false, earlyMessages: false },
);
