export { type DashboardHandlerOptions, dashboardHandler } from "./handler.js";
export { dashboardPage, type PageOptions } from "./page.js";
