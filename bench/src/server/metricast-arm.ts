import { metricast } from "metricast";
import type { Arm, ArmParts } from "./arm.js";
import { LeapClock } from "./leap-clock.js";

/** Far above what is measured: the load comes from one address, and all at once. */
const plenty = 100_000;

/** In a burst hours pass within seconds. Peers send no heartbeats then, so metricast is to send only some. */
const ticksPerHeartbeat = 100;

/** The library as a host uses it. */
export function metricastArm({ server, moving, intervalMs, paced = false }: ArmParts): Arm {
  const clock = new LeapClock();
  const cast = metricast({
    public: true,
    intervalMs,
    maxClients: plenty,
    maxClientsPerAddress: plenty,
    acceptsPerSecond: plenty,
    acceptsPerSecondPerAddress: plenty,
    acceptBurstPerAddress: plenty,
    maxSeries: plenty,
    maxLabelSets: plenty,
    // On a busy machine it would send less than what it is compared with; and leaps of the clock are no standstills.
    shed: false,
    defaultSources: false,
    sources: [
      {
        name: "moving",
        read() {
          moving.advance();
          return moving.samples;
        },
      },
    ],
    ...(paced ? {} : { clock, heartbeatMs: ticksPerHeartbeat * intervalMs, deadAfterMs: 300 * intervalMs }),
  });
  cast.attach(server);
  return {
    ticksItself: paced,
    release: () => clock.release(),
    hold: () => clock.hold(),
    tick() {
      clock.leapTo((Math.floor(clock.dateMs() / intervalMs) + 1) * intervalMs);
    },
  };
}
