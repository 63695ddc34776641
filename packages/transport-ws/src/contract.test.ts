import { HttpHost, transportContract } from "@metricast/testkit";
import { attachWs } from "./index.js";

transportContract("ws", async (acceptor) => {
  const host = await HttpHost.start();
  attachWs(host.server, acceptor, { path: "/metricast" });
  return { url: host.ws("/metricast"), emitters: { server: host.server }, close: () => host.close() };
});
