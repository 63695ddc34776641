import { afterEach, describe } from "vitest";
import { type StreamPeer, socketClients, streamClients, type TransportPeer } from "./transport-clients.js";
import { deliveries } from "./transport-deliveries.js";
import { endings } from "./transport-endings.js";
import { openings } from "./transport-openings.js";
import { socketsAlone } from "./transport-sockets.js";
import { type Listen, type TransportContractOptions, TransportStage } from "./transport-stage.js";
import { streamsAlone } from "./transport-streams.js";
import type { WsPeer } from "./ws-peer.js";

export type { Listen, ListeningTransport, TransportContractOptions } from "./transport-stage.js";

/**
 * What core relies on in every transport, with real sockets. Admission always waits on a timer. What only a WebSocket has, or only a
 * stream of events, is asked of those alone, as the option `receives` says.
 */
export function transportContract(
  name: string,
  listen: Listen,
  options: TransportContractOptions = {},
): void {
  describe(`transport contract: ${name}`, () => {
    const everywhere = <P extends TransportPeer>(stage: TransportStage<P>): TransportStage<P> => {
      afterEach(() => stage.clear());
      openings(stage, options);
      deliveries(stage, options);
      endings(stage);
      return stage;
    };
    if (options.receives ?? true)
      socketsAlone(everywhere(new TransportStage<WsPeer>(listen, socketClients)), options);
    else streamsAlone(everywhere(new TransportStage<StreamPeer>(listen, streamClients)));
  });
}
