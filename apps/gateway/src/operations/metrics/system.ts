/** The machine and the process: processor, memory, disk, network. Read when somebody looks, never on the way of a message. */
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { cpus, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { addBuiltIns, countedElsewhere, gauge, histogram } from './registry.ts';

/** Samples the event loop's delay; finer would wake an idle process more often. */
const EVENT_LOOP_RESOLUTION_MS = 10;
const LAG_WINDOWS = 6;

const commits = histogram('openclaw_event_log_commit_duration_seconds');

/** The log committed, which took so long. */
export function countCommit(durationMs: number): void {
  commits.observe(durationMs / 1000);
}

let measured = false;

/** Measures the process and the machine; a second call only changes whose files are looked at. */
export function measureSystem(stateDir: string): void {
  measureDisk(stateDir);
  if (measured) return;
  measured = true;
  addBuiltIns();
  measureEventLoop();
  countedElsewhere('openclaw_host_cpu_seconds_total', (set) => {
    const times = cpus().map((each) => each.times);
    for (const mode of ['user', 'nice', 'sys', 'idle', 'irq'] as const) {
      set({ mode: mode === 'sys' ? 'system' : mode }, times.reduce((sum, each) => sum + each[mode], 0) / 1000);
    }
  });
  gauge('openclaw_host_memory_bytes', (set) => {
    set({ state: 'total' }, totalmem());
    set({ state: 'available' }, freemem());
  });
  measureHostNetwork();
}

/** How late the main thread was, in seconds. */
type Lag = { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };

const probe = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
/** The windows that were closed in the last minute. */
const lags: Lag[] = [];

/** The lag is what the time between two ticks of the probe is longer than it should be. */
function measureEventLoop(): void {
  probe.enable();
  for (const quantile of ['p50', 'p90', 'p99', 'max'] as const) {
    gauge(`nodejs_eventloop_lag_${quantile}_seconds`, (set) => set({}, Math.max(...[...lags, lagNow()].map((lag) => lag[quantile]))));
  }
}

/** How late it was since this was last called, which is every ten seconds. Whoever scrapes more seldom sees the worst all the same. */
export function closeLagWindow(): Lag {
  const lag = lagNow();
  probe.reset();
  lags.push(lag);
  if (lags.length > LAG_WINDOWS) lags.shift();
  return lag;
}

function lagNow(): Lag {
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1000);
  const at = (percentile: number) => (probe.count === 0 ? 0 : seconds(probe.percentile(percentile)));
  return { p50: at(50), p90: at(90), p99: at(99), max: seconds(probe.max) };
}

function measureDisk(stateDir: string): void {
  const databases = join(stateDir, 'state');
  gauge('openclaw_disk_free_bytes', async (set) => {
    const { bavail, bsize } = await statfs(stateDir);
    set({}, bavail * bsize);
  });
  gauge('openclaw_disk_size_bytes', async (set) => {
    const { blocks, bsize } = await statfs(stateDir);
    set({}, blocks * bsize);
  });
  gauge('openclaw_database_size_bytes', async (set) => {
    const sizes = new Map<string, number>();
    for (const file of await readdir(databases).catch(() => [])) {
      const database = /^(\w+)\.db(-wal)?$/.exec(file)?.[1];
      if (database === undefined) continue;
      const { size } = await stat(join(databases, file)).catch(() => ({ size: 0 }));
      sizes.set(database, (sizes.get(database) ?? 0) + size);
    }
    for (const [database, sizeBytes] of sizes) set({ database }, sizeBytes);
  });
}

/** Counts the bytes of every connection of a server. */
export function watchConnections(server: Pick<Server, 'on'>): void {
  const open = new Set<Socket>();
  let receivedBytes = 0;
  let sentBytes = 0;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    });
  });
  const sum = (field: 'bytesRead' | 'bytesWritten') => [...open].reduce((total, socket) => total + socket[field], 0);
  gauge('openclaw_http_connections', (set) => set({}, open.size));
  countedElsewhere('openclaw_network_received_bytes_total', (set) => set({}, receivedBytes + sum('bytesRead')));
  countedElsewhere('openclaw_network_sent_bytes_total', (set) => set({}, sentBytes + sum('bytesWritten')));
}

function measureHostNetwork(): void {
  if (process.platform !== 'linux') return;
  countedElsewhere('openclaw_host_network_received_bytes_total', async (set) => set({}, (await hostNetwork()).received));
  countedElsewhere('openclaw_host_network_sent_bytes_total', async (set) => set({}, (await hostNetwork()).sent));
}

async function hostNetwork(): Promise<{ readonly received: number; readonly sent: number }> {
  const text = await readFile('/proc/net/dev', 'utf8').catch(() => '');
  let received = 0;
  let sent = 0;
  for (const line of text.split('\n')) {
    const [, name, figures = ''] = /^\s*([^:\s]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const columns = figures.trim().split(/\s+/).map(Number);
    received += columns[0] ?? 0;
    sent += columns[8] ?? 0;
  }
  return { received, sent };
}
