import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Cast, httpTiming } from "metricast";
import { AppModule } from "./app.module.js";

const timing = httpTiming();
const app = await NestFactory.create(AppModule, { logger: ["error", "warn"], forceCloseConnections: true });
const cast = app.get(Cast);
cast.addSource(timing.source);

app.use(timing.middleware);
app.use(cast.options.path, cast.handler()); // the dashboard's routes; a guard of yours stands before them as middleware
app.enableShutdownHooks([], { useProcessExit: true });

await app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
cast.attach(app.getHttpServer());
console.log(`metricast: ${cast.url}`);
