export function ensureProgram(
  name:
    | 'strace'
    | 'nginx'
    | 'pebble'
    | 'promtool'
    | 'prometheus-pushgateway'
    | 'influxd'
    | 'systemd-analyze'
    | 'plistutil'
    | 'shellcheck'
    | 'tmux',
): Promise<string>;
