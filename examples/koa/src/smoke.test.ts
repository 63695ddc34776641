import { smokeTest } from "../../smoke.js";

smokeTest("koa", { path: "/ann", counter: "greetings_total" });
