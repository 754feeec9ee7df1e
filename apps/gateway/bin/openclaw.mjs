#!/bin/sh
':' /*
# The shell reads from here to exec and finds the Node that was installed with the program, without starting another one
# first: that would take longer than most commands do. Node reads all this as a comment.
here=${0%/*}
for package in "$here"/../node-linux-* "$here"/../../../node_modules/node-linux-* "$here"/../lib/node_modules/openclaw/node_modules/node-linux-*; do
  node=$package/bin/node
  # It is not made for the C library of Alpine.
  if [ -x "$node" ] && ! [ -e /lib/ld-musl-x86_64.so.1 ] && ! [ -e /lib/ld-musl-aarch64.so.1 ]; then
    case "$1 ${2:-}" in
      # What runs for long is worth flags (bundle.mjs says why). Node itself starts slower with them, so nothing else has them.
      "gateway " | "gateway run" | "gateway -"*)
        MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 exec "$node" --max-semi-space-size=8 --invocation-count-for-turbofan=60000 --expose-gc "$0" "$@" ;;
    esac
    exec "$node" "$0" "$@"
  fi
done
exec node "$0" "$@"
*/
/**
 * The `openclaw` command, and nothing but `version` yet: what answers that is loaded by every other command, too. It needs
 * no package and runs on any Node from 18.
 */
import { readFileSync } from 'node:fs';

const args = process.argv.slice(2);

if (['version', '--version', '-V'].includes(args[0]) && !args.includes('--help')) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(args.includes('--json') ? JSON.stringify({ version, node: process.versions.node }) : `openclaw ${version}`);
} else await import('./launch.mjs');
