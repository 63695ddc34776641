import uws from "uWebSockets.js";
import { UwsHost } from "@metricast/testkit";
import { attachUws, uwsHandler } from "@metricast/transport-uws";
import { inputCases } from "./input-cases.js";
import { type InputDoor, notFound } from "./input-door.js";
import { inputSuite, titleOf } from "./input-suite.js";
import { inputRows } from "./row-answers.js";

const uwsDoor: InputDoor = {
  name: "uWS",
  async open(cast) {
    const { path } = cast.options;
    const host = await UwsHost.start(uws, (app) => {
      attachUws(app, cast, { page: false });
      app.any(`${path}/*`, uwsHandler(cast.http, { path }));
      app.any("/*", (response) => {
        response.writeStatus("404 Not Found").end(notFound);
      });
    });
    return {
      port: host.port,
      ws: (address) => host.ws(address),
      close: () => host.close(),
      emitters: {},
      // uWS does not say; what is left in the end shows in the descriptors.
      connections: async () => 0,
    };
  },
};

/** B33 to B46: who is let in, what hooks do, addresses, HTTP, queries. Before them are the rows of framing and of messages. */
const ids = new Set(Array.from({ length: 14 }, (_, at) => `B${at + 33}`));
const ofWsAlone = new Set(
  inputRows().flatMap(({ id, transports }) => (transports?.includes("ws") ? [id] : [])),
);

/** What uWS answers otherwise than Node and ws, before metricast is asked. */
const otherwise: readonly RegExp[] = [
  // Too large a message ends the socket, without a code.
  /^B33 \(20 KB\)/,
  // It has limits of its own for headers, and takes no name with an underscore.
  /^B39 /,
  /^B41 /,
  // An address may be as long as all headers together.
  /^B44 \(a URL over/,
  // It knows no such method, and ends the connection.
  /^B44 .* PROPFIND/,
];

inputSuite(
  uwsDoor,
  inputCases.filter(
    (given) =>
      ids.has(given.row) &&
      !ofWsAlone.has(given.row) &&
      !otherwise.some((title) => title.test(titleOf(given))),
  ),
);
