// What a fragment with the Redis store takes as given.
import { redisStore } from "@metricast/store-redis";
import { metricast } from "metricast";

export { metricast, redisStore };
