export { attachUws, type UwsAttachOptions, type UwsServed } from "./attach.js";
export { type UwsOptions, uwsBehavior } from "./behavior.js";
export { type UwsHandlerOptions, uwsHandler } from "./handler.js";
export type * from "./uws.js";
