import { nodeHandler } from "@metricast/core";
import { HttpHost, transportContract } from "@metricast/testkit";
import { sseRoutes } from "./index.js";

transportContract(
  "sse",
  async (acceptor) => {
    const answer = nodeHandler(sseRoutes(acceptor), "/metricast");
    const host = await HttpHost.start((request, response) => void answer(request, response));
    const { port, server } = host;
    return {
      url: `http://127.0.0.1:${port}/metricast/stream`,
      emitters: { server },
      close: () => host.close(),
    };
  },
  // A stream goes one way.
  { receives: false },
);
