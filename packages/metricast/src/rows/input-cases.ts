import { addressCases } from "./address-cases.js";
import { framingCases } from "./framing-cases.js";
import { handshakeCases } from "./handshake-cases.js";
import { helloCases } from "./hello-cases.js";
import { hookCases } from "./hook-cases.js";
import { httpCases } from "./http-cases.js";
import type { InputCase } from "./input-case.js";
import { leavingCases } from "./leaving-cases.js";
import { loadCases } from "./load-cases.js";
import { messageCases } from "./message-cases.js";
import { positionCases } from "./position-cases.js";
import { routeCases } from "./route-cases.js";
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
  ...loadCases,
  ...hookCases,
  ...handshakeCases,
  ...addressCases,
  ...httpCases,
  ...routeCases,
  ...leavingCases,
];
