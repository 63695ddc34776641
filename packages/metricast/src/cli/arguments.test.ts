import { expect, test } from "vitest";
import { readCommand, UsageError } from "./arguments.js";

const url = "http://localhost:3000/metricast/?token=t";

test("watch takes a URL and what to show", () => {
  expect(readCommand(["watch", url])).toEqual({ name: "watch", url });
  expect(
    readCommand(["watch", url, "--select", "a*", "--select", "b", "--channel", "c", "--every", "10s"]),
  ).toEqual({
    name: "watch",
    url,
    select: ["a*", "b"],
    channel: "c",
    everyMs: 10_000,
  });
});

test("serve takes exporters, and listens to this machine alone unless told otherwise", () => {
  expect(readCommand(["serve", "--scrape", url])).toEqual({
    name: "serve",
    scrape: [url],
    port: 0,
    host: "127.0.0.1",
    intervalMs: 1_000,
    isPublic: false,
  });
  const all = ["--port", "80", "--host", "::", "--interval", "0.5", "--public"];
  expect(readCommand(["serve", "--scrape", url, ...all])).toMatchObject({
    port: 80,
    host: "::",
    intervalMs: 500,
    isPublic: true,
  });
});

test("record takes a URL and a file, replay a file and how fast", () => {
  expect(readCommand(["record", url, "a.rec"])).toEqual({ name: "record", url, file: "a.rec" });
  const some = ["--channel", "a", "--channel", "b", "--select", "c*", "--for", "1.5"];
  expect(readCommand(["record", url, "a.rec", ...some])).toEqual({
    name: "record",
    url,
    file: "a.rec",
    channel: ["a", "b"],
    select: ["c*"],
    forMs: 1_500,
  });
  const place = { port: 0, host: "127.0.0.1", isPublic: false };
  expect(readCommand(["replay", "a.rec"])).toEqual({ name: "replay", file: "a.rec", speed: 1, ...place });
  expect(readCommand(["replay", "a.rec", "--speed", "0.5"])).toMatchObject({ speed: 0.5 });
  expect(readCommand(["replay", "a.rec", "--speed", "max", "--public"])).toMatchObject({
    speed: "max",
    isPublic: true,
  });
});

test("help and version need no command", () => {
  expect(readCommand([])).toEqual({ name: "help" });
  expect(readCommand(["watch", "-h"])).toEqual({ name: "help" });
  expect(readCommand(["--version"])).toEqual({ name: "version" });
});

test.each([
  [["watch"]],
  [["watch", "not a url"]],
  [["watch", url, url]],
  [["watch", url, "--every", "soon"]],
  [["watch", url, "--every", "0"]],
  [["serve"]],
  [["serve", "--scrape", "nonsense"]],
  [["serve", "--scrape", url, "--port", "65536"]],
  [["serve", "--scrape", url, "--port", "x"]],
  [["serve", "here", "--scrape", url]],
  [["watch", url, "--channel", "a", "--channel", "b"]],
  [["record", url]],
  [["record", "nonsense", "a.rec"]],
  [["record", url, "a.rec", "b.rec"]],
  [["record", url, "a.rec", "--for", "ever"]],
  [["replay"]],
  [["replay", "a.rec", "b.rec"]],
  [["replay", "a.rec", "--speed", "0"]],
  [["replay", "a.rec", "--speed", "fast"]],
  [["--unknown"]],
  [["dance"]],
])("%j is refused with what is wrong", (args) => {
  expect(() => readCommand(args)).toThrow(UsageError);
});
