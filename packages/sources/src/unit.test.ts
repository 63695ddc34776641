import { describe, expect, it } from "vitest";
import { unitOf } from "./unit.js";

describe("unitOf", () => {
  it.each([
    ["http_request_duration_seconds", "seconds"],
    ["process_cpu_user_seconds_total", "seconds"],
    ["node_network_receive_bytes_total", "bytes"],
    ["nodejs_eventloop_lag_seconds", "seconds"],
    ["http_request_duration_seconds_sum", "seconds"],
    ["queue_wait_seconds_max", "seconds"],
    ["node_hwmon_temp_celsius", "celsius"],
    ["cache_hit_ratio", "ratio"],
    ["reply_ms", "milliseconds"],
  ])("reads %s as %s", (name, unit) => {
    expect(unitOf(name)).toBe(unit);
  });

  it.each([
    "http_request_duration_seconds_count",
    "http_request_duration_seconds_bucket",
    "requests_total",
    "total",
    "bytes",
    "bytes_total",
    "node_load1",
    "constructor",
    "a_constructor",
    "",
    "_",
  ])("knows none for %j", (name) => {
    expect(unitOf(name)).toBeUndefined();
  });
});
