import { attachUws } from "@metricast/transport-uws";
import { type Cast, metricast } from "metricast";
import type { Arm, ArmParts } from "./arm.js";
import { LeapClock } from "./leap-clock.js";
import { rareHeartbeats, roomyLimits } from "./roomy-limits.js";
import { listenUws } from "./uws-app.js";

/** The library as a host uses it. */
export async function metricastArm(parts: ArmParts): Promise<Arm> {
  const { server, moving, intervalMs, paced = false, door = "ws" } = parts;
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
  // The probe that checks what clients get comes by the host's server, whatever door they take.
  cast.attach(server);
  return {
    ...(door === "uws" && (await uwsDoor(cast))),
    ticksItself: paced,
    release: () => clock.release(),
    hold: () => clock.hold(),
    tick() {
      clock.leapTo((Math.floor(clock.dateMs() / intervalMs) + 1) * intervalMs);
    },
  };
}

async function uwsDoor(cast: Cast): Promise<Pick<Arm, "port">> {
  const { port } = await listenUws((app) => attachUws(app, cast));
  return { port };
}
