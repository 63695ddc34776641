import { smokeTest } from "../../smoke.js";

smokeTest("nestjs", { path: "/orders/de", method: "POST", counter: "shop_orders_total" });
