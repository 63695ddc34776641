import uws from "uWebSockets.js";
import { UwsHost } from "@metricast/testkit";
import { attachUws, uwsHandler } from "@metricast/transport-uws";
import { onTestFinished } from "vitest";
import { tenantContract } from "./testing/tenants.js";

tenantContract("uWS", async ({ app }) => {
  const host = await UwsHost.start(uws, (door) => {
    const { path } = app.cast.options;
    attachUws(door, app.cast, { page: false });
    // Health, metrics and tickets too, with no login of the host's before them.
    door.any(`${path}/*`, uwsHandler(app.cast.http, { path, unguarded: true }));
    // uWS answers nothing where no route does.
    door.any("/*", (response) => {
      response.writeStatus("404 Not Found").end();
    });
  });
  onTestFinished(() => host.close());
  return host.port;
});
