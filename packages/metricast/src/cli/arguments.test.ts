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
  [["--unknown"]],
  [["dance"]],
])("%j is refused with what is wrong", (args) => {
  expect(() => readCommand(args)).toThrow(UsageError);
});
