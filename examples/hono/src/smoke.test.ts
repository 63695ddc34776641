import { smokeTest } from "../../smoke.js";

smokeTest("hono", { path: "/hello/ann", counter: "greetings_total" });
