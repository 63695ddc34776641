import type { Channel } from "../channels/channel.js";
import type { EventsChannel } from "../channels/events-channel.js";
import type { Store } from "../contracts/store.js";
import type { Services } from "../services.js";
import { EventExchange } from "./event-exchange.js";

/** Each instance tells there what it sees of the others itself. */
export const systemChannel = "system";

/** Makes the exchange of events of an instance that has a store. */
export function wireEvents(
  { options, epoch, reporter }: Services,
  store: Store,
  channels: ReadonlyMap<string, Channel>,
  onEvents: () => void,
): EventExchange {
  const shared = new Map<string, EventsChannel>();
  for (const [name, channel] of channels)
    if (channel.kind === "events" && name !== systemChannel) shared.set(name, channel);
  return new EventExchange({
    store,
    instance: options.instance,
    epoch,
    channels: shared,
    onEvents,
    onFault: (instance, cause) =>
      reporter.report("error", "MC_STORE_FAILED", { store: store.name, key: "event", instance }, cause),
  });
}
