import { framingCases } from "./framing-cases.js";
import { helloCases } from "./hello-cases.js";
import type { InputCase } from "./input-case.js";
import { messageCases } from "./message-cases.js";
import { positionCases } from "./position-cases.js";
import { selectCases } from "./select-cases.js";
import { subscriptionCases } from "./subscription-cases.js";

/** Every bad input that is sent to a server. */
export const inputCases: readonly InputCase[] = [
  ...framingCases,
  ...messageCases,
  ...helloCases,
  ...subscriptionCases,
  ...selectCases,
  ...positionCases,
];
