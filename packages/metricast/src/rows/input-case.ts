import { type ServerMessage, wireCodes } from "@metricast/protocol";
import { type RawResponse, UpgradeRefused, until, type WireClient } from "@metricast/testkit";
import { expect } from "vitest";
import type { InputStage } from "./input-stage.js";
import type { RowAnswer } from "./row-answers.js";

/** One bad input: which row it is of, and how it is sent. What is answered is the row's to say. */
export interface InputCase {
  readonly row: string;
  /** The case of the row, by its words. */
  readonly when?: string;
  readonly input: string;
  run(stage: InputStage, answer: RowAnswer): Promise<void>;
}

/** What an error message says beyond what the row does. */
export type ErrorExtra = Partial<Omit<Extract<ServerMessage, { type: "error" }>, "type" | "code">>;

/** Text, bytes, or what is sent as JSON, from a client whom the handshake authenticated; the answer is an error or a close. */
export function sends(
  { row, when, input }: Omit<InputCase, "run">,
  data: string | Uint8Array | object,
  extra: ErrorExtra = {},
): InputCase {
  return {
    row,
    ...(when !== undefined && { when }),
    input,
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.peer.send(wireForm(data));
      await expectAnswer(client, answer, extra);
      if (answer.close === undefined) await expectServed(client);
    },
  };
}

function wireForm(data: string | Uint8Array | object): string | Uint8Array {
  return typeof data === "string" || data instanceof Uint8Array ? data : JSON.stringify(data);
}

/** All that the answer says: the error word for word, then the close code, in this order and nothing else. */
export async function expectAnswer(
  client: WireClient,
  answer: RowAnswer,
  extra: ErrorExtra = {},
): Promise<void> {
  if (answer.error !== undefined) await expectError(client, answer, extra);
  if (answer.close !== undefined) await expectClose(client, answer.close);
  if (answer.error === undefined) expect(client.of("error")).toEqual([]);
}

export async function expectError(
  client: WireClient,
  answer: RowAnswer,
  extra: ErrorExtra = {},
): Promise<void> {
  await until(() => client.of("error").length > 0 || client.peer.ended, 5_000, "an error message");
  expect(client.of("error")).toEqual([errorOf(answer, extra)]);
}

export function errorOf({ error, field }: RowAnswer, extra: ErrorExtra = {}): ServerMessage {
  if (error === undefined) throw new Error("this answer is no error message");
  const { temporary } = wireCodes[error];
  return { type: "error", code: error, temporary, ...(field !== undefined && { field }), ...extra };
}

/** The code, the same in `bye` where core closed, and the socket gone after it. */
export async function expectClose(client: WireClient, code: number | undefined): Promise<void> {
  if (code === undefined) throw new Error("this answer names no close code");
  expect(await client.closed()).toBe(code);
  await until(() => client.peer.ended, 5_000, "the end of the socket");
  expect(client.of("bye").every((bye) => bye.code === code)).toBe(true);
}

/** A code that a row says in its words alone. */
export function saidCode({ behaviour = "" }: RowAnswer, code: number): number {
  expect(behaviour).toContain(String(code));
  return code;
}

/** The client is taken for what it was before. */
export async function expectServed(client: WireClient): Promise<void> {
  expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
}

/** The response that an upgrade was refused with. */
export async function refusalOf(opening: Promise<unknown>): Promise<RawResponse> {
  const cause = await opening.then(
    () => new Error("the upgrade was accepted"),
    (reason: unknown) => reason,
  );
  if (!(cause instanceof UpgradeRefused)) throw cause;
  return cause.response;
}
