export { sseRoutes } from "./routes.js";
