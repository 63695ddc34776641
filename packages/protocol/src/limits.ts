/** Bounds of the protocol itself: what a message may hold, whatever a server's options say. */
export const protocolLimits = {
  /** JSON nesting in a client's message. */
  maxDepth: 8,
  /** Members of one object in a client's message. */
  maxKeys: 16,
  /** Items of one `subscribe`, `update`, `unsubscribe` or `query`. */
  maxItems: 128,
  /** Characters of any string of a client's message, but for those below. */
  maxStringLength: 1_000,
  /** Characters of `hello.token`. */
  maxTokenLength: 8_192,
  /** Characters of a position. */
  maxPositionLength: 1_024,
  /** Patterns in one `select`. */
  maxPatterns: 16,
  /** Points per series that a client may ask for. */
  maxPoints: 2_000,
} as const;

/** Subprotocol of version 1 in JSON, negotiated by `Sec-WebSocket-Protocol`. */
export const jsonSubprotocol = "metricast.v1.json";

/** The same with frames and blocks as bits. */
export const binarySubprotocol = "metricast.v1.bin";
