import { afterEach, describe } from "vitest";
import { endings } from "./transport-endings.js";
import { handshakes } from "./transport-handshakes.js";
import { backpressure, messages } from "./transport-messages.js";
import { type Listen, type TransportContractOptions, TransportStage } from "./transport-stage.js";

export type { Listen, ListeningTransport, TransportContractOptions } from "./transport-stage.js";

/** What core relies on in every WebSocket transport, with real sockets. Admission always waits on a timer. */
export function transportContract(
  name: string,
  listen: Listen,
  options: TransportContractOptions = {},
): void {
  describe(`transport contract: ${name}`, () => {
    const stage = new TransportStage(listen);
    afterEach(() => stage.clear());
    handshakes(stage, options);
    messages(stage, options);
    backpressure(stage, options);
    endings(stage);
  });
}
