import { bookKeepingRow } from "./book-keeping-row.js";
import { codecRow } from "./codec-row.js";
import { fanOutRows } from "./fan-out-rows.js";
import { growthRow } from "./growth-row.js";
import { historyRow } from "./history-row.js";
import { hostRouteRow } from "./host-route-row.js";
import { acceptRow, idleMemoryRow } from "./idle-rows.js";
import { pacedRow } from "./paced-row.js";
import type { Row } from "./row.js";
import { sameBytesRow } from "./same-bytes-row.js";
import { subscriptionsRow } from "./subscriptions-row.js";
import { traceRows } from "./trace-rows.js";
import { uwsRow } from "./uws-row.js";

/** In the order of the table of budgets. */
export const allRows: readonly Row[] = [
  ...traceRows,
  codecRow,
  ...fanOutRows,
  sameBytesRow,
  subscriptionsRow,
  pacedRow,
  hostRouteRow,
  idleMemoryRow,
  acceptRow,
  bookKeepingRow,
  historyRow,
  growthRow,
  uwsRow,
];
