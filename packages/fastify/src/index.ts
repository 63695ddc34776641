export type { FastifyMetricastOptions } from "./options.js";
export { fastifyMetricast, fastifyMetricast as default } from "./plugin.js";
