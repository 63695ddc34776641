import { Global, Inject, Module, type OnApplicationShutdown } from "@nestjs/common";
import { Cast, metricast } from "metricast";

/** One cast for the whole app, injected by its class; it ends with the app. */
@Global()
@Module({
  providers: [{ provide: Cast, useFactory: () => metricast({ intervalMs: 1_000 }) }],
  exports: [Cast],
})
export class MetricsModule implements OnApplicationShutdown {
  readonly #cast: Cast;

  constructor(@Inject(Cast) cast: Cast) {
    this.#cast = cast;
  }

  onApplicationShutdown(): Promise<void> {
    return this.#cast.close();
  }
}
