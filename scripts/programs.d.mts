export function ensureProgram(
  name:
    | 'strace'
    | 'nginx'
    | 'pebble'
    | 'promtool'
    | 'prometheus-pushgateway'
    | 'influxd'
    | 'systemd-analyze'
    | 'openssl'
    | 'zsh'
    | 'fish'
    | 'plistutil'
    | 'shellcheck',
): Promise<string>;
