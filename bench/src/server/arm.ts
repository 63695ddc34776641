import type { Server } from "node:http";
import type { MovingSeries } from "./moving-series.js";

export interface ArmOptions {
  readonly series: number;
  /** Which part of the series changes with a tick. Default a tenth. */
  readonly share?: number;
  /** metricast alone: time between two ticks. */
  readonly intervalMs: number;
  /** Whether ticks come by the clock; else each as soon as it is asked for. */
  readonly paced?: boolean;
  /** metricast alone: where clients come in. Default ws, on the host's server. */
  readonly door?: "ws" | "uws";
  /** uWS alone: how long its messages are made, where the snapshot is shorter. */
  readonly messageBytes?: number;
}

export interface ArmParts extends ArmOptions {
  readonly moving: MovingSeries;
  /** The host's own server, which answers its own route. */
  readonly server: Server;
}

/** Something that brings the newest values to every client. */
export interface Arm {
  /** Where clients connect, where it is not the host's server. */
  readonly port?: number;
  /** What is to be done once the host listens, before clients come. */
  prepare?(port: number): Promise<void>;
  /** One tick: values move, everybody is sent what they are owed. */
  tick(): void;
  /** Whether ticks come of themselves. */
  readonly ticksItself?: boolean;
  /** Before and after a burst of ticks: what has a clock of its own stands still between bursts. */
  release?(): void;
  hold?(): void;
}

export type ArmMaker = (parts: ArmParts) => Arm | Promise<Arm>;
