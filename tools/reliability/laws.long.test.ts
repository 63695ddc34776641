import { describe, test } from "vitest";
import { type Law, tryLaw } from "./law.js";

const runs = 20_000;
const client = "packages/client/src";
const core = "packages/core/src";

/** What `npm test` tries some hundred times, with chance's own seeds each time; what once failed stands beside it as a test. */
const laws: readonly (readonly [string, Law])[] = [
  [
    "a client holds what the log of a server says that is cut, loses, trims and begins anew",
    { file: `${client}/resume.test.ts`, title: "holds what the log holds", runs },
  ],
  [
    "in whatever order permission, ticks, reading and the end follow each other: one answer, each tick once",
    { file: `${core}/model/interleaving.test.ts`, title: "each request has one answer", runs },
  ],
  [
    "whatever is sent and drained: the newest value of each series, each tick in one frame or block",
    {
      file: `${core}/sessions/cursor.test.ts`,
      title: "each tick is in exactly one|with last values only|comes back coarser|told when it is not live",
      runs,
    },
  ],
  [
    "whatever is sent and drained: bytes in flight never above the bound",
    { file: `${core}/sessions/session.test.ts`, title: "never pass the bound", runs },
  ],
  [
    "token buckets stay in [0, burst] whatever the clock does",
    { file: `${core}/sessions/token-bucket.test.ts`, title: "stays in|never grants|keeps its word", runs },
  ],
  [
    "what is encoded in bits is decoded as it was",
    { file: "packages/protocol/src/binary/tick-writer.test.ts", title: "any rows$", runs },
  ],
  [
    "what is encoded in JSON is decoded as it was",
    { file: `${core}/views/json-frames.test.ts`, title: "any rows$", runs },
  ],
  [
    "spoilt bits never throw out of the client library",
    { file: `${client}/binary.test.ts`, title: "never throw out of the client", runs },
  ],
  [
    "spoilt bits are refused or read, quickly and in little memory",
    { file: "packages/protocol/src/binary/fuzz.test.ts", title: "spoilt ones", runs: 10 * runs },
  ],
  [
    "the client library is in one state, with one timer for each purpose, and its delays within their bounds",
    { file: `${client}/connection.test.ts`, title: "is in one state|never comes out of the client", runs },
  ],
];

describe("laws that were tried very often", () => {
  test.for(laws)("%s", { timeout: 7_200_000 }, ([, law], { task }) => tryLaw(task, law));
});
