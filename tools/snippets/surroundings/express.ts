// What a fragment beside an Express service takes as given.
import type { Server } from "node:http";
import type { Express, RequestHandler } from "express";
import type { Cast, CastOptions, HttpRequest, Identity } from "metricast";

/** As a reader without types has it: `raw` is the request that the framework and its sessions made. */
type Request = HttpRequest & { readonly raw: { readonly session: { readonly user?: string } } };
type Options = Omit<CastOptions, "identify"> & { readonly identify?: (request: Request) => Identity | null };

interface Session {
  readonly name: string;
  readonly tenant: string;
  readonly sessionEndsMs: number;
}

export declare function metricast(options?: Options): Cast;
export declare const cast: Cast;
export declare const app: Express;
export declare const server: Server;
export declare const requireLogin: RequestHandler;
export declare const queue: readonly unknown[];
export declare const pool: { idle(): Promise<number> };
export declare function userOf(cookie: string | undefined): Identity | null;
export declare function sessionOf(cookie: string | undefined): Session | undefined;
export declare function isAccountant(id: string): boolean;
export declare function machineLoad(): Record<string, number>;
export declare function statusMonitor(options: { readonly path: string }): RequestHandler;
