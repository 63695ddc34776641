import uws from "uWebSockets.js";
import { UwsHost } from "@metricast/testkit";
import { attachUws } from "@metricast/transport-uws";
import { onTestFinished } from "vitest";
import { tenantContract } from "./testing/tenants.js";

tenantContract("uWS", async ({ app }) => {
  const host = await UwsHost.start(uws, (door) => {
    attachUws(door, app.cast);
    // uWS answers nothing where no route does.
    door.any("/*", (response) => {
      response.writeStatus("404 Not Found").end();
    });
  });
  onTestFinished(() => host.close());
  return host.port;
});
