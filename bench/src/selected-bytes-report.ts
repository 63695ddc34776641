import { choices, loadExpressTrace, measureSelectedBytes } from "./selected-bytes.js";

const trace = loadExpressTrace();
console.log("10 of 200 series, 600 ticks; bytes on the wire against full snapshots as JSON");
for (const [name, chosen] of choices(trace, 5)) {
  const { bytes, snapshotBytes, ratio, compared, wrong, ticks } = await measureSelectedBytes(trace, chosen);
  const share = `${(100 * ratio).toFixed(2)} %`;
  const exact = `${compared - wrong.length} of ${compared} values exact`;
  console.log(
    `${name.padEnd(14)} ${bytes} of ${snapshotBytes} B = ${share}, ${Math.round(bytes / ticks)} B a tick, ${exact}`,
  );
}
