import { metricast } from "metricast";
import type { Arm, ArmParts } from "./arm.js";
import { LeapClock } from "./leap-clock.js";
import { rareHeartbeats, roomyLimits } from "./roomy-limits.js";

/** The library as a host uses it. */
export function metricastArm({ server, moving, intervalMs, paced = false }: ArmParts): Arm {
  const clock = new LeapClock();
  const cast = metricast({
    ...roomyLimits,
    intervalMs,
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
    ...(paced ? {} : { clock, ...rareHeartbeats(intervalMs) }),
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
