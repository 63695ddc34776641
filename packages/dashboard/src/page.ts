import { type HttpHandler, type HttpRequest, type HttpResponse, MetricastError } from "@metricast/core";
import { type Encoding, type PageFile, readPageFiles } from "./page-files.js";
import { policyHeaders } from "./policy.js";

export interface PageOptions {
  /** Who may show the page in a frame, as sources of a policy: `'self'`, `https://portal.example`. Default: nobody. */
  readonly frameAncestors?: readonly string[];
}

const methods = ["GET", "HEAD"];

/**
 * The page and its files, free of any framework. They are read once, here; a path that is asked for is looked up among
 * them, and never becomes a path of the file system. Throws MC_DASHBOARD_NOT_BUILT, MC_OPTION_INVALID,
 * MC_OPTION_UNKNOWN.
 */
export function dashboardPage(
  { frameAncestors = [], ...others }: PageOptions = {},
  files: ReadonlyMap<string, PageFile> = readPageFiles(),
): HttpHandler {
  refuseOthers(others);
  const policy = policyHeaders(frameAncestors);
  const handle = (request: HttpRequest): Promise<HttpResponse | undefined> => {
    const file = files.get(request.path);
    return Promise.resolve(file && answer(file, policy, request));
  };
  return Object.assign(handle, { knows: (path: string) => files.has(path) });
}

function refuseOthers(others: object): void {
  const [option] = Object.keys(others);
  if (option === undefined) return;
  const message = `there is no option "dashboard.${option}"; there is frameAncestors`;
  throw new MetricastError("MC_OPTION_UNKNOWN", message, { option });
}

function answer(
  file: PageFile,
  policy: Readonly<Record<string, string>>,
  request: HttpRequest,
): HttpResponse {
  if (!methods.includes(request.method)) {
    return { status: 405, headers: { Allow: methods.join(", ") }, body: "" };
  }
  const encoding = pickEncoding(file, request.headers.get("accept-encoding") ?? "");
  const etag = `"${file.etag}${encoding ? `-${encoding}` : ""}"`;
  const headers = {
    ...policy,
    ETag: etag,
    Vary: "Accept-Encoding",
    // The page is asked for again each time, so that a login that ended is noticed and a new build is found.
    "Cache-Control": file.isHashed ? "public, max-age=31536000, immutable" : "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
  if (isKnown(request.headers.get("if-none-match"), etag)) return { status: 304, headers, body: "" };
  const body = (encoding && file.packed.get(encoding)) ?? file.plain;
  const described = {
    ...headers,
    "Content-Type": file.contentType,
    "Content-Length": String(body.byteLength),
    ...(encoding && { "Content-Encoding": encoding }),
  };
  return { status: 200, headers: described, body: request.method === "HEAD" ? "" : body };
}

/** The smallest form that the client takes. */
function pickEncoding({ packed }: PageFile, accepted: string): Encoding | undefined {
  const taken = accepted
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]?.trim());
  return [...packed.keys()].find((encoding) => taken.includes(encoding));
}

function isKnown(header: string | undefined, etag: string): boolean {
  const tags = header?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
