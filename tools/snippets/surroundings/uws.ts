// What a fragment beside a service on uWebSockets.js takes as given.

import type { HttpRequest, TemplatedApp } from "uWebSockets.js";
import type { Cast } from "metricast";

export declare const cast: Cast;
export declare const app: TemplatedApp;
export declare function isLoggedIn(request: HttpRequest): boolean;
