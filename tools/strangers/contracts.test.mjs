// What an author of adapters runs, with the vitest and the fast-check that are installed.
import { memoryStore } from "@metricast/store-memory";
import { codecContract, sourceContract, storeContract } from "@metricast/testkit";

storeContract("memory", () => {
  const store = memoryStore();
  return { first: store, second: store };
});
sourceContract("a queue", () => ({ name: "queue", read: () => ({ queue_length: 7 }) }));
codecContract("plain", { encode: (frames) => frames, decode: (frames) => frames });
