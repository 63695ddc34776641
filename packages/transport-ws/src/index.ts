export { attachWs, type UpgradableServer } from "./attach.js";
export { type WsOptions, type WsUpgrades, wsUpgrades } from "./upgrade.js";
