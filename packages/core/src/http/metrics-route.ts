import { createHash, timingSafeEqual } from "node:crypto";
import type { Columns } from "../contracts/feed.js";
import type { Identity } from "../contracts/identity.js";
import { dialectFor, type ExposedColumns, expositionText } from "../health/exposition.js";
import { bearerToken } from "../sessions/admission-credentials.js";
import { compileSelect } from "../views/select.js";
import { type AskerParts, askerOf } from "./asker.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { refusal, textResponse } from "./response.js";

export interface MetricsRouteParts extends AskerParts {
  readonly options: AskerParts["options"] & { readonly metricsToken?: string | undefined };
  /** The channels whose newest values are shown. */
  readonly channels: () => Iterable<{ readonly name: string; readonly feed: { readonly columns: Columns } }>;
  readonly authorize: (
    identity: Identity,
    channel: string,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
}

/**
 * The newest values for scrapers. Who has the option's token sees all. Without that option the host's hooks say who asks and
 * what is shown to whom; without them the host does, by where it mounts the handler.
 */
export async function metricsRoute(request: HttpRequest, parts: MetricsRouteParts): Promise<HttpResponse> {
  const { metricsToken, identify, authenticate } = parts.options;
  if (metricsToken !== undefined) {
    return isSame(bearerToken(request.headers), metricsToken)
      ? exposition(request, allOf(parts))
      : refusal(401, "unauthenticated", { "WWW-Authenticate": "Bearer" });
  }
  if (identify === undefined && authenticate === undefined) return exposition(request, allOf(parts));
  const asker = await askerOf(request, parts);
  return "status" in asker ? asker : exposition(request, await shownTo(asker, parts));
}

function allOf({ channels }: MetricsRouteParts): ExposedColumns[] {
  return [...channels()].map(({ feed: { columns } }) => ({ columns }));
}

async function shownTo(
  asker: Identity,
  { channels, authorize }: MetricsRouteParts,
): Promise<ExposedColumns[]> {
  const all = [...channels()].map(async ({ name, feed: { columns } }): Promise<ExposedColumns[]> => {
    const scope = await authorize(asker, name);
    if (!scope) return [];
    const select = compileSelect(undefined, scope);
    return [{ columns, shows: (info) => select.matches(info) }];
  });
  return (await Promise.all(all)).flat();
}

function exposition({ headers }: HttpRequest, columns: Iterable<ExposedColumns>): HttpResponse {
  const dialect = dialectFor(headers.get("accept") ?? "");
  const response = textResponse(expositionText(columns, dialect), dialect.contentType);
  return { ...response, headers: { ...response.headers, Vary: "Accept" } };
}

/** In a time that says nothing of how much of it is right. */
function isSame(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(token));
}
