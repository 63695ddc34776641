import type { Report } from "./health/reporter.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** Says at the start what the options leave out that the deployment needs. */
export function warnOfDeployment(options: ResolvedOptions, report: Report): void {
  const { worker, instance, given, preset } = options;
  const isShared = given.store?.reach === "cluster";
  if (worker && !isShared) report("warning", "MC_WORKERS_APART", { instance });
  else if (preset !== "development" && !isShared) report("warning", "MC_STORE_EXPECTED", { preset });
  const isSigned = given.secret !== undefined || given.secrets !== undefined || given.public === true;
  if (worker && !isSigned && given.store?.keep === undefined)
    report("warning", "MC_SECRET_PRIVATE", { instance });
}
