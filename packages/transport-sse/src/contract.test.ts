import { nodeHandler } from "@metricast/core";
import { HttpHost, streamContract } from "@metricast/testkit";
import { sseRoutes } from "./index.js";

streamContract("sse", async (acceptor) => {
  const answer = nodeHandler(sseRoutes(acceptor), "/metricast");
  const host = await HttpHost.start((request, response) => void answer(request, response));
  return { url: `http://127.0.0.1:${host.port}/metricast/stream`, close: () => host.close() };
});
