import { EncodedFrame, Packet } from "@metricast/core";
import { RecordedSession } from "@metricast/testkit";
import { expect, test } from "vitest";
import { UwsConnection } from "./connection.js";
import { type UwsSocket, uwsSent } from "./uws.js";

/** A socket that writes down what it is told, and answers what a test wants. */
class FakeSocket implements UwsSocket<unknown> {
  readonly calls: string[] = [];
  sent: number = uwsSent.done;
  held = 0;

  send(message: Uint8Array): number {
    this.calls.push(`send ${Buffer.from(message)}`);
    return this.sent;
  }

  ping(): number {
    this.calls.push("ping");
    return this.sent;
  }

  getBufferedAmount(): number {
    this.calls.push("held?");
    return this.held;
  }

  cork(act: () => void): void {
    this.calls.push("cork");
    act();
    this.calls.push("uncork");
  }

  end(code: number): void {
    this.calls.push(`end ${code}`);
  }

  close(): void {
    this.calls.push("close");
  }

  getUserData(): unknown {
    return undefined;
  }
}

function opened() {
  const socket = new FakeSocket();
  const connection = new UwsConnection();
  const session = new RecordedSession(connection, { accepted: true, protocol: "", ticket: {} });
  connection.open(socket);
  connection.start(session);
  return { socket, connection, session };
}

const frame = (text: string) => new EncodedFrame(Buffer.from(text), false);

test("one message is one call of its very bytes, and nothing is asked while nothing waits", () => {
  const { socket, connection } = opened();
  expect(connection.send(new Packet([frame("a")]))).toBe(true);
  expect([connection.bufferedBytes, socket.calls]).toEqual([0, ["send a"]]);
});

test("several, and a ping, go out corked, in order", () => {
  const { socket, connection } = opened();
  expect(connection.send(new Packet([frame("a"), frame("b")], Uint8Array.of(1)))).toBe(true);
  expect(socket.calls).toEqual(["cork", "send a", "send b", "ping", "uncork", "held?"]);
});

test("what waits is told until it has drained", () => {
  const { socket, connection, session } = opened();
  Object.assign(socket, { sent: uwsSent.waits, held: 7 });
  expect(connection.send(new Packet([frame("a")]))).toBe(true);
  expect(connection.bufferedBytes).toBe(7);
  socket.held = 3;
  connection.drained();
  expect([connection.bufferedBytes, session.drains]).toEqual([3, 1]);
  socket.held = 0;
  connection.drained();
  expect([connection.bufferedBytes, session.drains]).toEqual([0, 2]);
});

test("much that waits is not added to", () => {
  const { socket, connection } = opened();
  Object.assign(socket, { sent: uwsSent.waits, held: 4 * 1024 * 1024 });
  expect(connection.send(new Packet([frame("a")]))).toBe(true);
  expect(connection.send(new Packet([frame("b")]))).toBe(false);
  expect(socket.calls).not.toContain("send b");
});

test("a message that uWS drops is not counted as sent, and nothing follows it", () => {
  const { socket, connection } = opened();
  socket.sent = uwsSent.dropped;
  expect(connection.send(new Packet([frame("a"), frame("b")], Uint8Array.of(1)))).toBe(false);
  expect(socket.calls).toEqual(["cork", "send a", "uncork", "close"]);
  expect(connection.send(new Packet([frame("c")]))).toBe(false);
  connection.ping(Uint8Array.of(1));
  expect(socket.calls.filter((call) => call === "close")).toHaveLength(3);
});

test("a close while the socket is being opened waits until it is, and is told to a receiver that comes later", async () => {
  const socket = new FakeSocket();
  const connection = new UwsConnection();
  connection.open(socket);
  connection.close(1013, "try again later");
  const session = new RecordedSession(connection, { accepted: true, protocol: "", ticket: {} });
  connection.start(session);
  expect([connection.send(new Packet([frame("late")])), socket.calls]).toEqual([false, []]);
  await Promise.resolve();
  expect(socket.calls).toEqual(["end 1013"]);
  connection.closed(1013, "try again later");
  await Promise.resolve();
  expect(session.closes).toEqual([{ code: 1013, reason: "try again later" }]);
});

test("a socket that is closed is never touched: uWS would throw", () => {
  const { socket, connection } = opened();
  connection.closed(1006, "");
  connection.send(new Packet([frame("a")]));
  connection.ping(Uint8Array.of(1));
  connection.close(1000, "");
  connection.terminate();
  expect([connection.bufferedBytes, socket.calls]).toEqual([0, []]);
});
