export * from "@metricast/core";
export * from "@metricast/sources";
export { memoryStore } from "@metricast/store-memory";
export { Cast, type CastOptions, metricast } from "./cast.js";
export { type ReplayOptions, replaySource } from "./recording/replay-source.js";
