/** A Grafana dashboard over the metrics of definitions.ts. The data source is chosen where it is imported. */

type Query = { readonly expr: string; readonly legend?: string };
type Panel = { readonly title: string; readonly unit: string; readonly queries: readonly Query[]; readonly kind?: 'stat' };
type Row = { readonly title: string; readonly panels: readonly Panel[] };

const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 7;

const rate = (name: string, by: string) => `sum by (${by}) (rate(${name}[$__rate_interval]))`;
const quantile = (of: number, name: string, by = '') =>
  `histogram_quantile(${of}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${name}_bucket[$__rate_interval])))`;
const percentiles = (name: string): readonly Query[] => [
  { expr: quantile(0.5, name), legend: 'p50' },
  { expr: quantile(0.95, name), legend: 'p95' },
  { expr: quantile(0.99, name), legend: 'p99' },
];
const timeseries = (title: string, unit: string, ...queries: readonly Query[]): Panel => ({ title, unit, queries });
const stat = (title: string, unit: string, expr: string, legend?: string): Panel => ({
  title,
  unit,
  kind: 'stat',
  queries: [legend === undefined ? { expr } : { expr, legend }],
});

const ROWS: readonly Row[] = [
  {
    title: 'At a glance',
    panels: [
      stat('Alerts firing', 'short', 'sum(openclaw_alerts{state="firing"})'),
      stat('Channels connected', 'short', 'sum(openclaw_channel_up)'),
      stat('Oldest unfinished message', 's', 'max(openclaw_queue_oldest_age_seconds)'),
      stat('Log is what was signed', 'bool_yes_no', 'min(openclaw_chain_valid)'),
      stat('Up since', 'dateTimeFromNow', 'process_start_time_seconds * 1000'),
      stat('Version', 'string', 'openclaw_build_info', '{{version}}'),
    ],
  },
  {
    title: 'Messages',
    panels: [
      timeseries('Received', 'reqps', {
        expr: rate('openclaw_messages_received_total', 'channel, outcome'),
        legend: '{{channel}} {{outcome}}',
      }),
      timeseries('Ended', 'reqps', { expr: rate('openclaw_messages_settled_total', 'status'), legend: '{{status}}' }),
      timeseries('Time to the reply', 's', ...percentiles('openclaw_reply_duration_seconds')),
      timeseries('Stages, p95', 's', { expr: quantile(0.95, 'openclaw_message_stage_duration_seconds', 'stage'), legend: '{{stage}}' }),
      timeseries(
        'Waiting',
        'short',
        { expr: 'openclaw_queue_depth', legend: '{{queue}}' },
        { expr: 'openclaw_runs_active', legend: 'running' },
      ),
      timeseries('Failures', 'reqps', { expr: rate('openclaw_errors_total', 'source, code'), legend: '{{source}} {{code}}' }),
    ],
  },
  {
    title: 'Models, tools and channels',
    panels: [
      timeseries('Model requests', 'reqps', {
        expr: rate('openclaw_model_requests_total', 'model, result'),
        legend: '{{model}} {{result}}',
      }),
      timeseries('Model time', 's', ...percentiles('openclaw_model_request_duration_seconds')),
      timeseries('First word of the model', 's', ...percentiles('openclaw_model_time_to_first_token_seconds')),
      timeseries('Tokens', 'short', { expr: rate('openclaw_model_tokens_total', 'model, type'), legend: '{{model}} {{type}}' }),
      timeseries('Runs', 'reqps', { expr: rate('openclaw_runs_total', 'agent, result'), legend: '{{agent}} {{result}}' }),
      timeseries('Run time, p95', 's', { expr: quantile(0.95, 'openclaw_run_duration_seconds', 'agent'), legend: '{{agent}}' }),
      timeseries('Tool calls', 'reqps', { expr: rate('openclaw_tool_calls_total', 'tool, result'), legend: '{{tool}} {{result}}' }),
      timeseries('Deliveries', 'reqps', {
        expr: rate('openclaw_delivery_attempts_total', 'channel, result'),
        legend: '{{channel}} {{result}}',
      }),
    ],
  },
  {
    title: 'The log and its views',
    panels: [
      timeseries('Events', 'eps', { expr: rate('openclaw_events_appended_total', 'type'), legend: '{{type}}' }),
      timeseries('Append', 's', ...percentiles('openclaw_event_append_duration_seconds')),
      timeseries('Commit with its sync', 's', ...percentiles('openclaw_event_log_commit_duration_seconds')),
      timeseries('Views behind the log', 'short', { expr: 'openclaw_projection_lag_events', legend: '{{projection}}' }),
      timeseries(
        'Databases',
        'bytes',
        { expr: 'openclaw_database_size_bytes', legend: '{{database}}' },
        { expr: 'openclaw_wal_size_bytes', legend: 'wal' },
      ),
      timeseries('Free disk', 'bytes', { expr: 'openclaw_disk_free_bytes', legend: 'free' }),
    ],
  },
  {
    title: 'HTTP and the process',
    panels: [
      timeseries('Requests', 'reqps', { expr: rate('openclaw_http_requests_total', 'route, code'), legend: '{{route}} {{code}}' }),
      timeseries('Time to answer', 's', ...percentiles('openclaw_http_request_duration_seconds')),
      timeseries('Dashboard calls', 'reqps', {
        expr: rate('openclaw_trpc_requests_total', 'procedure, code'),
        legend: '{{procedure}} {{code}}',
      }),
      timeseries('Dashboard calls, p95', 's', {
        expr: quantile(0.95, 'openclaw_trpc_request_duration_seconds', 'procedure'),
        legend: '{{procedure}}',
      }),
      timeseries(
        'Open streams',
        'short',
        { expr: 'openclaw_sse_clients', legend: 'dashboards' },
        { expr: 'sum(openclaw_websocket_connections)', legend: 'WebSocket clients' },
      ),
      timeseries('Sign-ins and callers', 'reqps', {
        expr: rate('openclaw_auth_attempts_total', 'method, result'),
        legend: '{{method}} {{result}}',
      }),
      timeseries('Processor', 'percentunit', { expr: 'rate(process_cpu_seconds_total[$__rate_interval])', legend: 'process' }),
      timeseries(
        'Memory',
        'bytes',
        { expr: 'process_resident_memory_bytes', legend: 'process' },
        { expr: 'openclaw_memory_limit_bytes', legend: 'limit' },
      ),
      timeseries(
        'Lag of the main thread',
        's',
        { expr: 'nodejs_eventloop_lag_p99_seconds', legend: 'p99' },
        { expr: 'nodejs_eventloop_lag_max_seconds', legend: 'max' },
      ),
    ],
  },
];

/** The dashboard as Grafana imports it. */
export function grafanaDashboard() {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const { title, panels: own } of ROWS) {
    panels.push({ id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 }, panels: [] });
    for (const [index, panel] of own.entries()) {
      const gridPos = { x: (index * WIDTH) % COLUMNS, y: y + Math.floor((index * WIDTH) / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT };
      panels.push(panelOf(++id, panel, gridPos));
    }
    y += Math.ceil((own.length * WIDTH) / COLUMNS) * HEIGHT;
  }
  return {
    title: 'OpenClaw Gateway',
    uid: 'openclaw-gateway',
    tags: ['openclaw'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }] },
    panels,
  };
}

function panelOf(id: number, { title, unit, queries, kind }: Panel, gridPos: object) {
  const datasource = { type: 'prometheus', uid: '$' + '{datasource}' };
  return {
    id,
    type: kind ?? 'timeseries',
    title,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: kind === 'stat' ? { textMode: unit === 'string' ? 'name' : 'value' } : {},
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      ...(legend !== undefined && { legendFormat: legend }),
    })),
  };
}
