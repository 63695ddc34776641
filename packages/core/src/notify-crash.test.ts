import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { notifyClientsOnCrash } from "./notify-crash.js";
import { FakeConnection, fakeSession } from "./sessions/testing/fake-connection.js";

const event = "uncaughtExceptionMonitor";
const last = { type: "error", code: "system_error", temporary: true };

function start(connections = [new FakeConnection(), new FakeConnection()]) {
  const host = new EventEmitter();
  const sessions = new Set(connections.map((connection) => fakeSession({ connection }).session));
  return { host, sessions, connections, undo: notifyClientsOnCrash(host, sessions) };
}

test("every client has the last word before the process is gone", () => {
  const { host, connections } = start();
  host.emit(event, new Error("the host's own mistake"));
  for (const { messages, closes } of connections) expect([messages, closes]).toEqual([[last], []]);
});

test("whoever is connected then is told, not who was connected when it was asked for", () => {
  const { host, sessions, connections } = start();
  const [gone] = sessions;
  if (gone !== undefined) sessions.delete(gone);
  const late = fakeSession();
  sessions.add(late.session);
  host.emit(event);
  expect([connections[0]?.messages, late.connection.messages]).toEqual([[], [last]]);
});

test("nothing is thrown while the host crashes, and one broken socket takes no other along", () => {
  const broken = new FakeConnection();
  broken.send = () => {
    throw new Error("the socket is gone");
  };
  const { host, connections } = start([broken, new FakeConnection()]);
  expect(() => host.emit(event)).not.toThrow();
  expect(connections[1]?.messages).toEqual([last]);
});

test("only that one event is listened to, and not any more once it is undone", () => {
  const { host, connections, undo } = start();
  expect(host.eventNames()).toEqual([event]);
  undo();
  undo();
  expect(host.eventNames()).toEqual([]);
  host.emit(event);
  expect(connections[0]?.messages).toEqual([]);
});
