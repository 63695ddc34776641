import { crowdSize, measureThousandClients } from "./thousand-clients.js";

const seconds = Number(process.argv[2] ?? 60);
console.log(`${crowdSize} clients, 200 series, 1 Hz, ${seconds} s`);
const { ticks, frames, bytes, lost, duplicated, faults, joinMs, cpuSeconds } =
  await measureThousandClients(seconds);
console.log(`joined in ${(joinMs / 1_000).toFixed(1)} s; ${ticks} ticks after that`);
console.log(`${frames} frames delivered, ${lost} lost, ${duplicated} doubled, ${faults.length} faults`);
for (const fault of faults) console.log(`  ${fault}`);
console.log(
  `${(bytes / 1e6).toFixed(1)} MB received; the server's process used ${cpuSeconds.toFixed(2)} s of CPU`,
);
