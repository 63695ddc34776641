// What a dashboard sees, as one line a second: the sum of all instances, and whether anything was ever missing.
import { connect } from "@metricast/client";
import { WebSocket } from "ws";

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: npm run watch -- <url that the example printed>");

const client = connect(url, { WebSocket });
const sum = client.subscribe({ select: "shop_*" });
const own = client.subscribe({ select: "shop_visitors", merge: "instance" });
let gaps = 0;
sum.on("gap", () => {
  gaps += 1;
});
client.on("state", ({ name }) => console.log(name));
sum.on("frame", ({ timeMs, missing }) => {
  const newest = (name: string, { series } = sum) => series.latest().get(name)?.value ?? 0;
  const visitors = `${newest("shop_visitors")} visitors (${newest("shop_visitors", own)} here)`;
  const time = new Date(timeMs).toISOString().slice(11, 19);
  const late = missing.length > 0 ? `, without ${missing}` : "";
  console.log(
    `${time}  ${newest("shop_instances")} instances, ${visitors}, ${newest("shop_orders_total")} orders, ${gaps} gaps${late}`,
  );
});
