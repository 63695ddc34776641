import type { QueryOptions } from "@metricast/client";

/** What is asked of the server: the series of the instance of this name, of all as one where it is empty. */
export function mergeOf(instance: string): Pick<QueryOptions, "merge" | "instance"> {
  return instance === "" ? {} : { merge: "instance", instance };
}
