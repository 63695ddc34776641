import { describe, expect, test } from "vitest";
import { freePort } from "./free-port.js";
import { HttpHost } from "./http-host.js";
import { until } from "./until.js";

describe("until", () => {
  test("waits until it is so", async () => {
    let so = false;
    setTimeout(() => {
      so = true;
    }, 20);
    await until(() => so);
    expect(so).toBe(true);
  });

  test("takes a condition that takes time itself", async () => {
    let asked = 0;
    await until(async () => {
      asked += 1;
      return asked === 3;
    });
    expect(asked).toBe(3);
  });

  test("says what did not come about, as it is at the end", async () => {
    let count = 0;
    const never = until(
      () => {
        count += 1;
        return false;
      },
      20,
      () => `counted ${count > 0}`,
    );
    await expect(never).rejects.toThrow("not within 20 ms: counted true");
  });

  test("passes on what the condition throws", async () => {
    await expect(
      until(() => {
        throw new Error("a broken condition");
      }),
    ).rejects.toThrow("a broken condition");
  });
});

test("a free port can be listened on", async () => {
  const host = await HttpHost.start();
  const port = await freePort();
  expect(port).toBeGreaterThan(1023);
  expect(port).not.toBe(host.port);
  await host.close();
});
