import type { QualityMessage, RevisedMessage } from "@metricast/protocol";
import { Cursor } from "./cursor.js";
import type { Session } from "./session.js";

/** What is said of the views of all instances, whatever their number is in a session. */
export type MergedNotice = Omit<RevisedMessage, "view"> | Omit<QualityMessage, "view">;

/** Histograms of one name have different bounds: they are series of their own. */
export const boundsNotice: MergedNotice = { type: "quality", state: "live", reason: "bounds" };

/** Tells a session of each view it watches that is of all instances, or of another than this one. */
export function tellMerged(session: Session, channel: string, notice: MergedNotice): void {
  for (const subscription of session.subscriptions) {
    if (subscription.channel !== channel || !(subscription instanceof Cursor)) continue;
    const { merge, instance } = subscription.watched.key;
    // The past of one changes with that of all; what could not be merged is its own business.
    const isMeant = merge === "cluster" || (instance !== undefined && notice.type === "revised");
    if (isMeant) session.tell({ ...notice, view: subscription.view });
  }
}
