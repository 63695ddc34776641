declare module "express-status-monitor" {
  import type { RequestHandler } from "express";

  export default function statusMonitor(): RequestHandler;
}
