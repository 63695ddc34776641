import { SelectError } from "../../views/select.js";
import { Refusal } from "./refusal.js";

/** Runs what compiles a selection; a malformed one becomes the refusal that names it. */
export function refusingSelect<T>(item: number | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SelectError)) throw error;
    throw new Refusal("invalid_message", { field: "select", ...(item !== undefined && { item }) });
  }
}
