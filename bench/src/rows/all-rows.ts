import { fanOutRows } from "./fan-out-rows.js";
import type { Row } from "./row.js";
import { sameBytesRow } from "./same-bytes-row.js";
import { subscriptionsRow } from "./subscriptions-row.js";

/** In the order of the table of budgets. */
export const allRows: readonly Row[] = [...fanOutRows, sameBytesRow, subscriptionsRow];
