/**
 * Every metric family: its name, type, labels, meaning, and the switch of `gateway.monitoring.metrics.collect` that it
 * belongs to. What is not here is not served. The reference (docs/metrics.md) is made from this table.
 */

export type CollectSwitch =
  | `system.${'cpu' | 'memory' | 'disk' | 'network'}`
  | `application.${'requests' | 'latency' | 'errors' | 'channels' | 'agents'}`;

export type Definition = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Without one it is always served. */
  readonly collect?: CollectSwitch;
  readonly buckets?: readonly number[];
  /** Counted by the library of the runtime, not by us. */
  readonly builtIn?: true;
  /** Where the figure comes from there and nowhere else. */
  readonly only?: 'Linux';
};

const QUICK_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const HTTP_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120];
/** Few, for there are many procedures. */
const TRPC_S = [0.005, 0.02, 0.05, 0.1, 0.25, 1, 2.5];
/** The bounds that OpenTelemetry recommends for operations of models. */
const MODEL_S = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** From the few microseconds of routing to the minutes of an agent. */
const STAGE_S = [0.0001, 0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

type Rest = Omit<Definition, 'type' | 'help' | 'labels' | 'buckets'>;

const counter = <const L extends readonly string[]>(help: string, labels: L, rest: Rest = {}) => ({
  type: 'counter' as const,
  help,
  labels,
  ...rest,
});
const gauge = <const L extends readonly string[]>(help: string, labels: L, rest: Rest = {}) => ({
  type: 'gauge' as const,
  help,
  labels,
  ...rest,
});
const histogram = <const L extends readonly string[]>(help: string, labels: L, buckets: readonly number[], rest: Rest = {}) => ({
  type: 'histogram' as const,
  help,
  labels,
  buckets,
  ...rest,
});

const cpu: Rest = { collect: 'system.cpu' };
const memory: Rest = { collect: 'system.memory' };
const disk: Rest = { collect: 'system.disk' };
const network: Rest = { collect: 'system.network' };
const requests: Rest = { collect: 'application.requests' };
const latency: Rest = { collect: 'application.latency' };
const errors: Rest = { collect: 'application.errors' };
const channels: Rest = { collect: 'application.channels' };
const agents: Rest = { collect: 'application.agents' };
const builtIn: Rest = { builtIn: true };
const linux: Rest = { only: 'Linux' };

export const METRICS = {
  // The gateway itself
  openclaw_build_info: gauge('The program that runs; always 1.', ['version', 'commit', 'node']),
  process_start_time_seconds: gauge('When the process started, in seconds since 1970.', [], builtIn),
  openclaw_event_log_sequence: gauge('Position of the last event.', []),
  openclaw_queue_depth: gauge('What waits: events for the disk (`log`), messages for their run (`runs`).', ['queue']),
  openclaw_queue_oldest_age_seconds: gauge('Age of the oldest message that was taken in and has not ended; 0 when there is none.', [
    'queue',
  ]),
  openclaw_projection_lag_events: gauge('Events of the log that a projection has not seen yet.', ['projection']),
  openclaw_projection_stopped: gauge('1 when a projection stopped at an event that it cannot apply.', ['projection']),
  openclaw_chain_valid: gauge('1 while nothing was found that contradicts the log, 0 from then on.', []),
  openclaw_chain_verified_sequence: gauge('Position up to which the chain was last verified, since the process started.', []),
  openclaw_chain_last_verification_timestamp_seconds: gauge('When the chain was last verified, since the process started.', []),
  openclaw_checkpoint_age_seconds: gauge('Age of the newest signed checkpoint that this process made.', []),
  openclaw_config_version_info: gauge('The configuration in force; always 1.', ['hash']),
  openclaw_config_last_reload_successful: gauge('1 when the last change of the configuration was taken, 0 when it was refused.', []),
  openclaw_config_last_reload_success_timestamp_seconds: gauge('When the configuration in force was taken up.', []),
  openclaw_certificate_expiry_timestamp_seconds: gauge("When the gateway's own TLS certificate expires.", []),
  openclaw_metrics_export_failures_total: counter('Pushes of metrics that failed.', ['type']),
  openclaw_metrics_export_last_success_timestamp_seconds: gauge('When metrics were last pushed.', ['type']),
  openclaw_trace_spans_exported_total: counter('Spans that the collector took.', []),
  openclaw_trace_export_failures_total: counter('Batches of spans that the collector did not take; they are dropped.', []),
  openclaw_network_inbound_refused_total: counter(
    'Connections from networks that may not connect: at the socket, or told by a trusted proxy.',
    ['at'],
  ),
  openclaw_network_outbound_refused_total: counter('Connections that the gateway may not make, by who named the destination.', [
    'named_by',
  ]),
  openclaw_alerts: gauge('Alerts by rule and state.', ['rule', 'state']),
  openclaw_alert_notifications_total: counter('Attempts to tell a destination of an alert.', ['type', 'result']),
  openclaw_push_notifications_total: counter('Attempts to tell a browser of a call that waits for a person.', ['result']),

  // system.cpu
  process_cpu_user_seconds_total: counter('Processor time spent in the program, in seconds.', [], { ...cpu, ...builtIn }),
  process_cpu_system_seconds_total: counter('Processor time spent in the system for it, in seconds.', [], { ...cpu, ...builtIn }),
  process_cpu_seconds_total: counter('Processor time of both, in seconds.', [], { ...cpu, ...builtIn }),
  nodejs_eventloop_lag_p50_seconds: gauge(
    'How late the main thread gets to what is due, 50th percentile of the worst ten seconds of the last minute.',
    [],
    cpu,
  ),
  nodejs_eventloop_lag_p90_seconds: gauge(
    'How late the main thread gets to what is due, 90th percentile of the worst ten seconds of the last minute.',
    [],
    cpu,
  ),
  nodejs_eventloop_lag_p99_seconds: gauge(
    'How late the main thread gets to what is due, 99th percentile of the worst ten seconds of the last minute.',
    [],
    cpu,
  ),
  nodejs_eventloop_lag_max_seconds: gauge('The longest the main thread was late in the last minute.', [], cpu),
  openclaw_host_cpu_seconds_total: counter('Time of all processors of the machine, by what they did.', ['mode'], cpu),

  // system.memory
  process_resident_memory_bytes: gauge('Memory of the process in RAM.', [], { ...memory, ...builtIn }),
  process_virtual_memory_bytes: gauge('Virtual memory of the process.', [], { ...memory, ...builtIn, ...linux }),
  process_heap_bytes: gauge('Data segment of the process.', [], { ...memory, ...builtIn, ...linux }),
  nodejs_heap_size_total_bytes: gauge('Heap that is reserved for objects.', [], { ...memory, ...builtIn }),
  nodejs_heap_size_used_bytes: gauge('Heap that objects use.', [], { ...memory, ...builtIn }),
  nodejs_external_memory_bytes: gauge('Memory outside the heap, buffers included.', [], { ...memory, ...builtIn }),
  nodejs_gc_duration_seconds: histogram('Pauses of the garbage collector.', ['kind'], [0.001, 0.01, 0.1, 1, 2, 5], {
    ...memory,
    ...builtIn,
  }),
  openclaw_memory_limit_bytes: gauge('What the process may use.', [], memory),
  openclaw_memory_state: gauge('Which state memory is in: 1 for that, 0 for the others.', ['state'], memory),
  openclaw_host_memory_bytes: gauge(
    "The machine's memory: all of it (`total`) and what programs could still get (`available`).",
    ['state'],
    memory,
  ),

  // system.disk
  openclaw_event_log_size_bytes: gauge('Size of the log file.', [], disk),
  openclaw_attachments_size_bytes: gauge('Size of the files that came and went with messages.', [], disk),
  openclaw_wal_size_bytes: gauge("Size of the log's write-ahead file.", [], disk),
  openclaw_database_size_bytes: gauge('Size of a database with its write-ahead file.', ['database'], disk),
  openclaw_event_log_commit_duration_seconds: histogram('A commit of the log, most of which is the sync of the disk.', [], QUICK_S, disk),
  openclaw_disk_free_bytes: gauge('Free space where the state directory lies.', [], disk),
  openclaw_disk_size_bytes: gauge('Size of the disk where the state directory lies.', [], disk),
  process_open_fds: gauge('Open files and sockets.', [], { ...disk, ...builtIn, ...linux }),
  process_max_fds: gauge('How many the process may have open.', [], { ...disk, ...builtIn, ...linux }),

  // system.network
  openclaw_http_connections: gauge('Open connections of the gateway, WebSockets included.', [], network),
  openclaw_websocket_connections: gauge('Open WebSocket connections.', ['kind'], network),
  openclaw_sse_clients: gauge('Open streams of the dashboard by server-sent events.', [], network),
  openclaw_network_received_bytes_total: counter("Bytes that came in over the gateway's own connections.", [], network),
  openclaw_network_sent_bytes_total: counter("Bytes that went out over the gateway's own connections.", [], network),
  openclaw_host_network_received_bytes_total: counter('Bytes that the machine received, loopback left out.', [], { ...network, ...linux }),
  openclaw_host_network_sent_bytes_total: counter('Bytes that the machine sent, loopback left out.', [], { ...network, ...linux }),

  // application.requests
  openclaw_messages_received_total: counter('Messages that came in.', ['channel', 'outcome'], requests),
  openclaw_messages_delivered_total: counter('Replies that reached their channel.', ['channel', 'outcome'], requests),
  openclaw_messages_settled_total: counter('Messages to which nothing more happens.', ['channel', 'status'], requests),
  openclaw_route_decisions_total: counter('Messages by the kind of rule that chose their agent.', ['rule_kind'], requests),
  openclaw_auth_attempts_total: counter('Senders and callers that proved who they are, or did not.', ['method', 'result'], requests),
  openclaw_events_appended_total: counter('Events appended to the log.', ['type'], requests),
  openclaw_http_requests_total: counter('HTTP requests.', ['route', 'method', 'code'], requests),
  openclaw_trpc_requests_total: counter("Calls of the dashboard by procedure; `ok`, or the error's code.", ['procedure', 'code'], requests),

  // application.latency
  openclaw_http_request_duration_seconds: histogram('Time to answer an HTTP request.', ['route', 'method'], HTTP_S, latency),
  openclaw_trpc_request_duration_seconds: histogram('Time to answer a call of the dashboard.', ['procedure'], TRPC_S, latency),
  openclaw_reply_duration_seconds: histogram('From arrival to delivery of the reply.', ['channel'], MODEL_S, latency),
  openclaw_message_stage_duration_seconds: histogram('Time that messages spend in a stage of their way.', ['stage'], STAGE_S, latency),
  openclaw_event_append_duration_seconds: histogram('From append to durable.', [], QUICK_S, latency),

  // application.errors
  openclaw_sse_dropped_batches_total: counter(
    'Batches of events that live lists passed over because their reader fell too far behind; it was told so.',
    [],
    errors,
  ),
  openclaw_errors_total: counter('Failures by where they happened and their code.', ['source', 'code'], errors),
  openclaw_rate_limited_total: counter(
    'What was slowed down or turned away because there was too much of it, by who said so.',
    ['scope'],
    errors,
  ),
  openclaw_bans_active: gauge('Addresses that are turned away.', [], errors),
  openclaw_log_lines_total: counter('Lines of the process log.', ['level'], errors),
  openclaw_log_lines_dropped_total: counter('Lines of the process log that were lost because the disk is too slow.', [], errors),

  // application.channels
  openclaw_channel_up: gauge('Whether an enabled channel account is connected.', ['channel', 'account'], channels),
  openclaw_channel_last_received_timestamp_seconds: gauge(
    'When a channel account last brought a message, since the process started.',
    ['channel', 'account'],
    channels,
  ),
  openclaw_amendments_total: counter(
    'Edits and deletions of earlier messages; ignored: no accepted message has that id.',
    ['channel', 'result'],
    channels,
  ),
  openclaw_delivery_attempts_total: counter('Attempts to send a reply.', ['channel', 'result'], channels),

  // application.agents
  openclaw_runs_active: gauge('Runs that agents work on.', [], agents),
  openclaw_runs_total: counter('Runs that ended, by agent.', ['agent', 'result'], agents),
  openclaw_run_duration_seconds: histogram('Time of a run that was completed or stopped.', ['agent'], STAGE_S, agents),
  openclaw_approvals_pending: gauge('Tool calls that wait for a person, since the process started.', [], agents),
  openclaw_model_requests_total: counter('Requests to models.', ['provider', 'model', 'result'], agents),
  openclaw_model_request_duration_seconds: histogram('Time of a request to a model.', ['provider', 'model'], MODEL_S, agents),
  openclaw_model_time_to_first_token_seconds: histogram(
    'Until a model that streams said its first word.',
    ['provider', 'model'],
    MODEL_S,
    agents,
  ),
  openclaw_model_tokens_total: counter('Tokens as the models counted them.', ['provider', 'model', 'type'], agents),
  openclaw_model_cost_usd_total: counter(
    'What models cost in US dollars, by the prices in the configuration.',
    ['provider', 'model'],
    agents,
  ),
  openclaw_tool_calls_total: counter('Tool calls.', ['tool', 'result'], agents),
  openclaw_tool_duration_seconds: histogram('Time of a tool call.', ['tool'], MODEL_S, agents),
} as const satisfies Readonly<Record<string, Definition>>;

export type MetricName = keyof typeof METRICS;
export type NameOf<T extends Definition['type']> = { [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never }[MetricName];
export type LabelOf<N extends MetricName> = (typeof METRICS)[N]['labels'][number];

/** The definition of a name that may not be one. */
export function definitionOf(name: string): Definition | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name as MetricName] : undefined;
}
