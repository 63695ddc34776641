import { Module } from "@nestjs/common";
import { MetricsModule } from "./metrics.module.js";
import { OrdersController } from "./orders.controller.js";

@Module({ imports: [MetricsModule], controllers: [OrdersController] })
export class AppModule {}
