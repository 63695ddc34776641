/** A way into a service: how its host opens it, in the words of a script, and where clients come in. */
export interface Door {
  readonly name: string;
  /** Statements that serve `cast` on `host` and leave the port that clients use in `port`; `server` is the host's own, made with `globalThis.hostOptions`. */
  readonly script: string;
}

const ws: Door = {
  name: "ws",
  script: `
    import { createServer } from "node:http";
    const routes = cast.handler();
    const server = createServer(globalThis.hostOptions ?? {}, (request, response) =>
      routes(request, response, () => response.end("the host's own")),
    );
    cast.attach(server);
    await new Promise((resolve) => server.listen(0, host, resolve));
    const port = server.address().port;
  `,
};

const uws: Door = {
  name: "uWS",
  script: `
    import uws from "uWebSockets.js";
    import { attachUws } from "@metricast/transport-uws";
    const app = uws.App();
    attachUws(app, cast);
    app.any("/*", (response) => response.end("the host's own"));
    const listening = await new Promise((resolve) => app.listen(host, 0, resolve));
    const port = uws.us_socket_local_port(listening);
    const server = { on() {} };
  `,
};

/** Every fault is put to each of them: to uWS in a run of its own, as that takes as long again (uws.long.test.ts). */
export const doors: readonly Door[] = [process.env.METRICAST_DOOR === "uws" ? uws : ws];
