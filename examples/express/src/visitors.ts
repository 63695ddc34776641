import { setTimeout as pause } from "node:timers/promises";

/** Visits the shop now and then, so that there is something to see. The visits are real requests over loopback. */
export async function visit(shop: string): Promise<never> {
  for (;;) {
    await pause(Math.random() * 150);
    const product = Math.ceil(Math.random() * 40);
    const requests = [fetch(shop), fetch(`${shop}/products/${product}`)];
    if (Math.random() < 0.3) requests.push(fetch(`${shop}/orders`, { method: "POST" }));
    const answers = await Promise.allSettled(requests);
    for (const answer of answers) if (answer.status === "fulfilled") await answer.value.body?.cancel();
  }
}
