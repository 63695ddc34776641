// Asks the running example to restart its instances one after the other, and shows how that goes.
import { connect } from "node:net";
import { controlSocket } from "./control.js";

const socket = connect(controlSocket(Number(process.env.PORT ?? 3000)));
socket.on("error", ({ message }) => {
  console.error(`the example does not run: ${message}`);
  process.exitCode = 1;
});
socket.pipe(process.stdout);
