/** Who a session is for. */
export interface Identity {
  /** Stable name of the user or service; anonymous sessions share one. */
  readonly id: string;
  /** Labels that every series shown to this identity must carry (a tenant); no select widens it. */
  readonly scope?: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch at which the session must be renewed. */
  readonly expiresMs?: number;
}
