export function ensureProgram(
  name: 'strace' | 'nginx' | 'pebble' | 'promtool' | 'prometheus-pushgateway' | 'influxd' | 'systemd-analyze' | 'openssl' | 'plistutil' | 'shellcheck',
): Promise<string>;
