import { memoryStore } from "@metricast/store-memory";
import { Instances } from "@metricast/testkit";
import { afterEach } from "vitest";

/** Makes services whose instances share a store in memory; each is closed after its test. */
export function beginInstances(): () => Instances {
  const begun: Instances[] = [];
  afterEach(async () => {
    for (const instances of begun.splice(0)) await instances.close();
  });
  return () => {
    const instances = new Instances((clock) => memoryStore({ clock }));
    begun.push(instances);
    return instances;
  };
}
