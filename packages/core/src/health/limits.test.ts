import { expect, it } from "vitest";
import { Limits } from "./limits.js";

it("lists what is used of each limit, and which are near", () => {
  const limits = new Limits((name) => name === "maxViews");
  const clients = { count: 3 };
  limits.add({ name: "maxClients", used: () => clients.count, limit: 10 });
  limits.add({ name: "maxViews", used: () => 9, limit: 10 });
  clients.count = 8;
  expect(limits.list()).toEqual([
    { name: "maxClients", used: 8, limit: 10, near: false },
    { name: "maxViews", used: 9, limit: 10, near: true },
  ]);
});
