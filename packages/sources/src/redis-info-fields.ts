import type { Sample } from "@metricast/core";

type Traits = Pick<Sample, "name" | "kind" | "unit" | "help">;

const counter = (name: string, help: string, unit?: string): Traits => ({
  name,
  kind: "counter",
  unit,
  help,
});
const gauge = (name: string, help: string, unit?: string): Traits => ({ name, kind: "gauge", unit, help });

/** Fields of `INFO` that are shown, and what they are. A server that has not all of them gives the others. */
export const infoFields: ReadonlyMap<string, Traits> = new Map([
  ["uptime_in_seconds", gauge("redis_uptime_seconds", "Age of the server.", "seconds")],
  ["connected_clients", gauge("redis_connected_clients", "Connections of clients.")],
  ["blocked_clients", gauge("redis_blocked_clients", "Clients that wait in a blocking command.")],
  ["maxclients", gauge("redis_max_clients", "Most connections it takes.")],
  ["used_memory", gauge("redis_memory_used_bytes", "Memory that Redis asked for.", "bytes")],
  ["used_memory_rss", gauge("redis_memory_rss_bytes", "Memory that Redis holds in RAM.", "bytes")],
  ["used_memory_peak", gauge("redis_memory_peak_bytes", "Most memory it asked for at a time.", "bytes")],
  ["maxmemory", gauge("redis_memory_max_bytes", "Memory it may use for data; 0 is no limit.", "bytes")],
  [
    "mem_fragmentation_ratio",
    gauge("redis_memory_fragmentation_ratio", "RAM held to memory asked for.", "ratio"),
  ],
  ["loading", gauge("redis_loading", "1 while it reads its file at the start.")],
  ["rdb_changes_since_last_save", gauge("redis_changes_since_save", "Changes that no snapshot has.")],
  [
    "rdb_last_save_time",
    gauge("redis_last_save_seconds", "Last snapshot, seconds since the Unix epoch.", "seconds"),
  ],
  ["aof_enabled", gauge("redis_aof_enabled", "1 where an append-only file is written.")],
  ["total_connections_received", counter("redis_connections_total", "Connections taken.")],
  ["rejected_connections", counter("redis_rejected_connections_total", "Connections over the limit.")],
  ["total_commands_processed", counter("redis_commands_total", "Commands processed.")],
  ["total_error_replies", counter("redis_error_replies_total", "Errors answered.")],
  ["total_net_input_bytes", counter("redis_received_bytes_total", "Read from the network.", "bytes")],
  ["total_net_output_bytes", counter("redis_sent_bytes_total", "Written to the network.", "bytes")],
  ["expired_keys", counter("redis_expired_keys_total", "Keys whose time was over.")],
  ["evicted_keys", counter("redis_evicted_keys_total", "Keys given up for want of memory.")],
  ["keyspace_hits", counter("redis_keyspace_hits_total", "Look-ups that found their key.")],
  ["keyspace_misses", counter("redis_keyspace_misses_total", "Look-ups that found none.")],
  ["pubsub_channels", gauge("redis_pubsub_channels", "Channels with subscribers.")],
  ["connected_slaves", gauge("redis_connected_replicas", "Replicas that are connected.")],
  [
    "master_repl_offset",
    gauge("redis_replication_offset_bytes", "Place in the replication stream.", "bytes"),
  ],
  ["used_cpu_sys", counter("redis_cpu_system_seconds_total", "CPU time in the kernel.", "seconds")],
  ["used_cpu_user", counter("redis_cpu_user_seconds_total", "CPU time in Redis itself.", "seconds")],
]);
