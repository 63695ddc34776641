import { inputCases } from "./input-cases.js";
import { wsDoor } from "./input-door.js";
import { inputSuite } from "./input-suite.js";

inputSuite(wsDoor, inputCases);
