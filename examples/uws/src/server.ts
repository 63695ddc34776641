import uws from "uWebSockets.js";
import { attachUws, uwsHandler } from "@metricast/transport-uws";
import { metricast } from "metricast";

const cast = metricast({ intervalMs: 1_000 });
const greetings = cast.counter("greetings_total", { help: "Who came by." });
const { path } = cast.options;

const app = uws.App();
attachUws(app, cast, { page: false });
// Here a host asks for its own login; this one shows the page, health and Prometheus text to whoever reaches it.
app.any(path, uwsHandler(cast.http, { path, unguarded: true }));
app.any(`${path}/*`, uwsHandler(cast.http, { path, unguarded: true }));
app.get("/", (response) => {
  greetings.inc();
  response.end("hello\n");
});

app.listen("127.0.0.1", Number(process.env.PORT ?? 3000), (socket) => {
  if (socket === false) throw new Error("the port is taken");
  const token = cast.health().access === "unset" ? `?token=${cast.startToken}` : "";
  console.log(`metricast: http://localhost:${uws.us_socket_local_port(socket)}${path}/${token}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    process.exit(0);
  });
}
