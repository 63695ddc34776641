/** Where the page was opened, as far as access goes: a token in its address, else a ticket of the host's login. */
export interface Access {
  /** The base path, as the browser sees it. */
  readonly base: URL;
  token(): Promise<string | undefined>;
}

export function accessOf(address: string): Access {
  const page = new URL(address);
  const given = page.searchParams.get("token") ?? undefined;
  const base = new URL(".", page);
  base.search = base.hash = "";
  return { base, token: async () => given ?? (await fetchTicket(base)) };
}

/** Undefined where the host gives none: then cookies or headers may be enough, or everybody is let in. */
async function fetchTicket(base: URL): Promise<string | undefined> {
  const response = await fetch(new URL("ticket", base), { credentials: "same-origin", cache: "no-store" });
  if (!response.ok) return undefined;
  const answer: unknown = await response.json();
  return isTicket(answer) ? answer.ticket : undefined;
}

function isTicket(answer: unknown): answer is { readonly ticket: string } {
  return (
    typeof answer === "object" && answer !== null && "ticket" in answer && typeof answer.ticket === "string"
  );
}
