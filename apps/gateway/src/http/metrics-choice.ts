import type { Config } from '../config/index.ts';

type Collect = Config['gateway']['monitoring']['metrics']['collect'];

const SYSTEM = {
  cpu: /^(process_cpu_|nodejs_eventloop_)/,
  memory: /^(process_(resident|virtual)_memory_|process_heap_|nodejs_(heap|external_memory|gc)_)/,
  disk: /^openclaw_(event_log|wal)_size_bytes$/,
  network: /^openclaw_websocket_connections$/,
} as const;

const APPLICATION = {
  requests: /^openclaw_(http_requests|messages_\w+|auth_attempts|delivery_attempts|events_appended)_total$/,
  latency: /_duration_seconds$/,
  errors: /^openclaw_(delivery_attempts|auth_attempts)_total$/,
  channels: /^openclaw_(channel_up|messages_(received|delivered|settled)_total|delivery_attempts_total)$/,
  agents: /^openclaw_(runs_active|queue_depth|model_\w+|tool_\w+)$/,
} as const;

/** Which metrics the configuration does not want. One that several groups name goes only when none of them is wanted. */
export function metricsToLeaveOut(collect: Collect): (name: string) => boolean {
  const groups = [
    ...Object.entries(SYSTEM).map(([group, names]) => ({ names, on: collect.system[group as keyof typeof SYSTEM] })),
    ...Object.entries(APPLICATION).map(([group, names]) => ({ names, on: collect.application[group as keyof typeof APPLICATION] })),
  ];
  return (name) => {
    const naming = groups.filter(({ names }) => names.test(name));
    return naming.length > 0 && naming.every(({ on }) => !on);
  };
}
