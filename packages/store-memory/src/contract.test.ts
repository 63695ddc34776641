import { storeContract } from "@metricast/testkit";
import { memoryStore } from "./index.js";

storeContract("memory", () => {
  const store = memoryStore();
  return { first: store, second: store };
});
