import type { EncodedFrame, Form, FrameForm, Packet } from "@metricast/core";
import { mayReconnect } from "@metricast/protocol";

const dataField = Buffer.from("data: ");
const eventEnd = Buffer.from("\n\n");
const byeStart = Buffer.from('{"type":"bye"');
/** What tells EventSource to stay away, as nearly as it can be told on an open stream. */
const neverMs = 86_400_000;

/** A comment, which no reader shows: something to write where there is nothing to say. */
export const comment = Buffer.from(":\n\n");

/** A message as an event. JSON has no line breaks, so it is one line of data. */
const eventForm: FrameForm<Buffer> = { key: Symbol("metricast.sse"), build: eventOf };

/**
 * All events of a packet. With its last one comes where the client has everything, so that a reader who is cut within the
 * packet still has the position before.
 */
export const ssePacket: Form<Packet, Buffer> = {
  key: Symbol("metricast.sse-packet"),
  build: ({ frames, position }) => {
    const events = frames.map((frame) => frame.form(eventForm));
    const [only = comment] = events;
    if (events.length === 0 || (events.length === 1 && position === undefined)) return only;
    const id = position === undefined ? [] : [Buffer.from(`id: ${position}\n`)];
    return Buffer.concat([...events.slice(0, -1), ...id, ...events.slice(-1)]);
  },
};

/** When to come back, as EventSource takes it from the field `retry`; for a packet that is a goodbye. */
export function retryOf({ frames: [frame] }: Packet): Buffer | undefined {
  if (frame === undefined || !byeStart.equals(frame.bytes.subarray(0, byeStart.length))) return undefined;
  const { code, reconnectAfterMs }: Bye = JSON.parse(Buffer.from(frame.bytes).toString());
  if (!mayReconnect(code)) return retryField(neverMs);
  return reconnectAfterMs === undefined ? undefined : retryField(reconnectAfterMs);
}

interface Bye {
  readonly code: number;
  readonly reconnectAfterMs?: number;
}

export function retryField(ms: number): Buffer {
  return Buffer.from(`retry: ${ms}\n`);
}

function eventOf({ bytes }: EncodedFrame): Buffer {
  // Not from the pool: a frame stays in a view's log, and would keep a whole slab of the pool alive with it.
  const event = Buffer.allocUnsafeSlow(dataField.length + bytes.length + eventEnd.length);
  event.set(dataField);
  event.set(bytes, dataField.length);
  event.set(eventEnd, dataField.length + bytes.length);
  return event;
}
