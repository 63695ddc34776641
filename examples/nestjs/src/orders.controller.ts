import { Controller, Inject, Param, Post } from "@nestjs/common";
import { Cast, type Counter } from "metricast";

@Controller("orders")
export class OrdersController {
  readonly #orders: Counter;

  constructor(@Inject(Cast) cast: Cast) {
    this.#orders = cast.counter("shop_orders_total", { labels: ["country"], help: "Orders placed." });
  }

  @Post(":country")
  place(@Param("country") country: string): string {
    this.#orders.inc(1, { country });
    return `an order from ${country}\n`;
  }
}
