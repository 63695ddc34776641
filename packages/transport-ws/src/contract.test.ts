import { once } from "node:events";
import { createServer } from "node:http";
import { transportContract } from "@metricast/testkit";
import { attachWs } from "./index.js";

transportContract("ws", async (acceptor) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  attachWs(server, acceptor, { path: "/metricast" });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}/metricast`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
});
