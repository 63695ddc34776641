import type { RequestListener } from "node:http";
import { type ClientHost, type Emitters, HttpHost } from "@metricast/testkit";
import type { Cast } from "../index.js";

/** How a host lets the clients of a service in, its own routes around those of the service. */
export interface InputDoor {
  readonly name: string;
  open(cast: Cast): Promise<OpenDoor>;
}

export interface OpenDoor extends ClientHost {
  /** What may keep listeners behind. */
  readonly emitters: Emitters;
  /** How many sockets are open, where that can be told. */
  connections(): Promise<number>;
}

export const notFound = "no such page of the host's";

export const wsDoor: InputDoor = {
  name: "ws",
  async open(cast) {
    const host = await HttpHost.start(hostAround(cast));
    const { server } = host;
    cast.attach(server);
    return {
      port: host.port,
      ws: (path) => host.ws(path),
      close: () => host.close(),
      emitters: { server },
      connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    };
  },
};

export function hostAround(cast: Cast): RequestListener {
  const handler = cast.handler();
  return (request, response) => {
    handler(request, response, () => {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(notFound);
    });
  };
}
