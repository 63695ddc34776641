import type {
  ClientMessage,
  HelloMessage,
  ListMessage,
  MergeWish,
  QueryItem,
  SubscribeItem,
  UpdateItem,
} from "./client-messages.js";
import type { WireCodeName } from "./codes.js";
import { protocolLimits } from "./limits.js";

/** Reads a client's message. Trusts no field; never throws. */

export interface ParseFailure {
  readonly code: Extract<WireCodeName, "invalid_message" | "unknown_type" | "limit">;
  /** The field at fault; absent where the message as a whole is. */
  readonly field?: string;
  readonly item?: number;
  /** The request's id where it was valid. */
  readonly id?: number;
}

export type Parsed =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly failure: ParseFailure };

type Fields = ReadonlyMap<string, unknown>;
type Reader = (fields: Fields, id: number | undefined) => ClientMessage;

class Refusal extends Error {
  readonly failure: ParseFailure;
  constructor(field?: string, item?: number, code: ParseFailure["code"] = "invalid_message") {
    super(code);
    this.failure = { code, ...(field !== undefined && { field }), ...(item !== undefined && { item }) };
  }
}

export function parseClientMessage(text: string): Parsed {
  let id: number | undefined;
  try {
    if (exceedsDepth(text, protocolLimits.maxDepth)) throw new Refusal();
    const fields = fieldsOf(JSON.parse(text));
    id = fields.has("id") ? integer(fields, "id") : undefined;
    const type = fields.get("type");
    if (typeof type !== "string") throw new Refusal("type");
    const reader = readers.get(type);
    if (!reader) throw new Refusal("type", undefined, "unknown_type");
    if (id === undefined && type !== "hello") throw new Refusal("id");
    return { ok: true, message: reader(fields, id) };
  } catch (error) {
    const failure: ParseFailure = error instanceof Refusal ? error.failure : { code: "invalid_message" };
    return { ok: false, failure: id === undefined ? failure : { ...failure, id } };
  }
}

/** Counts brackets outside strings before anything is parsed: deep nesting would overflow the stack later. */
export function exceedsDepth(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) {
      if (++depth > limit) return true;
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
  return false;
}

// A Map, not an object: "constructor" is no message type.
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["hello", readHello],
  [
    "subscribe",
    (fields, id = 0) => ({ type: "subscribe", id, items: items(fields, "items", subscribeItem) }),
  ],
  ["update", (fields, id = 0) => ({ type: "update", id, items: items(fields, "items", updateItem) })],
  [
    "unsubscribe",
    (fields, id = 0) => ({ type: "unsubscribe", id, views: items(fields, "views", viewNumber) }),
  ],
  ["query", (fields, id = 0) => ({ type: "query", id, items: items(fields, "items", queryItem) })],
  ["list", readList],
  ["ping", (_fields, id = 0) => ({ type: "ping", id })],
]);

function readHello(fields: Fields, id: number | undefined): HelloMessage {
  return {
    type: "hello",
    ...(id !== undefined && { id }),
    ...optional(fields, "version", integer),
    ...optional(fields, "token", (from, key) => string(from, key, protocolLimits.maxTokenLength)),
    ...(fields.get("resume") !== undefined && { resume: items(fields, "resume", subscribeItem) }),
  };
}

function readList(fields: Fields, id = 0): ListMessage {
  return {
    type: "list",
    id,
    ...optional(fields, "channel", string),
    ...optional(fields, "select", select),
    ...optional(fields, "from", integer),
  };
}

function subscribeItem(value: unknown): SubscribeItem {
  const fields = fieldsOf(value);
  return {
    channel: string(fields, "channel"),
    ...viewFields(fields),
    ...mergeWish(fields),
    ...optional(fields, "position", (from, key) => string(from, key, protocolLimits.maxPositionLength)),
  };
}

function updateItem(value: unknown): UpdateItem {
  const fields = fieldsOf(value);
  return { view: integer(fields, "view"), ...viewFields(fields) };
}

function viewNumber(value: unknown): number {
  if (!isCount(value)) throw new Refusal("views");
  return value;
}

function queryItem(value: unknown): QueryItem {
  const fields = fieldsOf(value);
  return {
    channel: string(fields, "channel"),
    ...optional(fields, "select", select),
    from: integer(fields, "from"),
    to: integer(fields, "to"),
    ...optional(fields, "points", points),
    ...mergeWish(fields),
  };
}

function viewFields(fields: Fields) {
  return {
    ...optional(fields, "select", select),
    ...optional(fields, "everyMs", integer),
    ...optional(fields, "sinceMs", integer),
    ...optional(fields, "points", points),
  };
}

function mergeWish(fields: Fields): MergeWish {
  const merge = fields.get("merge");
  if (merge !== undefined && merge !== "cluster" && merge !== "instance") throw new Refusal("merge");
  const named = optional(fields, "instance", string);
  // Whoever names one and does not say `instance` would be given all.
  if (named.instance !== undefined && merge !== "instance") throw new Refusal("instance");
  return merge === undefined ? {} : { merge, ...named };
}

// --- fields ---

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refusal();
  const entries = Object.entries(value);
  if (entries.length > protocolLimits.maxKeys) throw new Refusal();
  return new Map(entries);
}

function items<T>(fields: Fields, key: string, read: (value: unknown) => T): T[] {
  const list = fields.get(key);
  if (!Array.isArray(list) || list.length === 0) throw new Refusal(key);
  if (list.length > protocolLimits.maxItems) throw new Refusal(key, undefined, "limit");
  return list.map((value, item) => {
    try {
      return read(value);
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(error.failure.field ?? key, item) : error;
    }
  });
}

function optional<K extends string, T>(
  fields: Fields,
  key: K,
  read: (fields: Fields, key: K) => T,
): { [k in K]?: T } {
  if (fields.get(key) === undefined) return {};
  return { [key]: read(fields, key) } as { [k in K]?: T };
}

function string(fields: Fields, key: string, maxLength: number = protocolLimits.maxStringLength): string {
  const value = fields.get(key);
  if (typeof value !== "string" || value.length > maxLength) throw new Refusal(key);
  return value;
}

function integer(fields: Fields, key: string): number {
  const value = fields.get(key);
  if (!isCount(value)) throw new Refusal(key);
  return value;
}

function points(fields: Fields, key: string): number {
  const value = integer(fields, key);
  if (value < 1 || value > protocolLimits.maxPoints) throw new Refusal(key);
  return value;
}

/** One pattern or a list of them. */
function select(fields: Fields, key: string): readonly string[] {
  const value = fields.get(key);
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.length > protocolLimits.maxPatterns)
    throw new Refusal(key);
  return list.map((pattern) => {
    if (typeof pattern !== "string" || pattern.length > protocolLimits.maxStringLength)
      throw new Refusal(key);
    return pattern;
  });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}
