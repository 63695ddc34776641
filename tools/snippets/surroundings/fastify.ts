// What a fragment beside a Fastify service with sessions takes as given.
import "@fastify/cookie";
import "@fastify/session";
import metricast from "@metricast/fastify";
import type { FastifyInstance, onRequestHookHandler } from "fastify";
import type { Identity } from "metricast";

declare module "fastify" {
  interface Session {
    user: string;
    tenant: string;
  }
}

export declare const app: FastifyInstance;
export declare const requireLogin: onRequestHookHandler;
export declare function userOf(cookie: unknown): Identity | null;
export { metricast };
