import type { Ask, QueryDesk, Wish } from "./query-desk.js";

/** The desk for what is past, fetched when somebody first looks back. */
export class LazyDesk {
  readonly #ask: Ask;
  #desk: Promise<QueryDesk> | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  want(wish: Wish): void {
    this.#desk ??= import("./query-desk.js").then(({ QueryDesk }) => new QueryDesk(this.#ask));
    this.#desk.then((desk) => desk.want(wish), wish.failed);
  }
}
