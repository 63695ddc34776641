/** What to do about an error of Redis or of the connection to it. All matching of messages is here: ioredis gives no codes. */

/** Longer messages tell nothing more. */
const longestText = 200;

/** An error as text: without the command, which may hold a password, and without line ends. */
export function textOfFault(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return text.replace(/\s+/g, " ").slice(0, longestText);
}

/** Redis itself refused the command: the connection is fine. After a failover it is not: it leads to a replica. */
export function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    cause.name === "ReplyError" &&
    !/^(?:READONLY|NOAUTH|WRONGPASS)/.test(cause.message)
  );
}

/** The id of an entry is not above the newest one. */
export function isOldId(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes("equal or smaller");
}
