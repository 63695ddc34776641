import { expect, test } from "vitest";
import { requireListening } from "./host-events.js";

const nothing = () => {};

test("what there is can be listened to", () => {
  for (const event of ["error", "warning", "alert", "connect", "disconnect", "closed"])
    expect(() => requireListening(event, nothing)).not.toThrow();
});

test.each([
  ["erorr", 'there is no event "erorr"; did you mean "error"?'],
  ["constructor", 'there is no event "constructor"'],
])("%s is refused by name", (event, message) => {
  expect(() => requireListening(event, nothing)).toThrow(
    expect.objectContaining({ code: "MC_OPTION_UNKNOWN", message: `MC_OPTION_UNKNOWN: ${message}` }),
  );
});

test("so is a listener that is none", () => {
  expect(() => requireListening("error", undefined)).toThrow(
    expect.objectContaining({ code: "MC_OPTION_INVALID" }),
  );
});
