export function ensureProgram(
  name:
    | 'strace'
    | 'nginx'
    | 'openssl'
    | 'pebble'
    | 'pebble-challtestsrv'
    | 'promtool'
    | 'prometheus-pushgateway'
    | 'influxd'
    | 'systemd-analyze'
    | 'plistutil'
    | 'shellcheck',
): Promise<string>;
