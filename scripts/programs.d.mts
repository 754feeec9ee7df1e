export function ensureProgram(
  name:
    | 'strace'
    | 'nginx'
    | 'sshd'
    | 'openssl'
    | 'pebble'
    | 'pebble-challtestsrv'
    | 'promtool'
    | 'prometheus-pushgateway'
    | 'influxd'
    | 'systemd-analyze'
    | 'plistutil'
    | 'zsh'
    | 'fish'
    | 'tmux'
    | 'shellcheck'
    | 'ip'
    | 'iptables'
    | 'nft'
    | 'postgres'
    | 'initdb'
    | 'pgbouncer',
): Promise<string>;
export function programPath(name: string): string;
