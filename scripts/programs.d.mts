export function ensureProgram(
  name:
    | 'strace'
    | 'nginx'
    | 'sshd'
    | 'pebble'
    | 'promtool'
    | 'prometheus-pushgateway'
    | 'influxd'
    | 'systemd-analyze'
    | 'plistutil'
    | 'shellcheck',
): Promise<string>;
