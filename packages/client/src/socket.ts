/** As much of a WebSocket as the client uses: the browser's, Node's global one and that of `ws` have it. */
export interface WebSocketLike {
  binaryType: string;
  onopen: Handler<unknown> | null;
  onmessage: Handler<{ readonly data: unknown }> | null;
  onclose: Handler<{ readonly code: number; readonly reason: string }> | null;
  onerror: Handler<unknown> | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

// Methods are compared loosely, so that every implementation's own event types fit.
type Handler<Event> = { on(event: Event): void }["on"];

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;
