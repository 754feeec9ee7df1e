/** How the machine of the stand-in for Tailscale stands: a file that a test and the program both change, one after the other. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type ServeState = {
  TCP?: Record<string, { HTTPS?: true; TCPForward?: string }>;
  Web?: Record<string, { Handlers: Record<string, { Proxy: string }> }>;
  AllowFunnel?: Record<string, boolean>;
};

export type TailscaleState = {
  /** Whether tailscaled runs. */
  daemon: boolean;
  backend: 'Running' | 'NeedsLogin' | 'NeedsMachineAuth' | 'Stopped' | 'Starting';
  authUrl: string;
  /** Whether the caller may change anything. */
  operator: boolean;
  /** Whether the tailnet has HTTPS on, and lets this machine use Funnel. */
  https: boolean;
  funnel: boolean;
  /** Whether what is off is asked for and waited for, as newer tailnets do, or refused. */
  asks: boolean;
  machine: string;
  hostname: string;
  acceptRoutes: boolean;
  exitNode: boolean;
  serve: ServeState;
};

/** Whoever was killed in his turn holds it no longer than this. */
const MAX_TURN_MS = 3_000;
const STEP_MS = 2;

/** Waits until nobody else changes the file; returns what ends the turn. */
export function takeTurn(folder: string): () => void {
  const turn = join(folder, 'turn');
  for (let waitedMs = 0; ; waitedMs += STEP_MS) {
    if (waitedMs > MAX_TURN_MS) rmSync(turn, { recursive: true, force: true });
    try {
      mkdirSync(turn);
      return () => rmSync(turn, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
    }
  }
}

/** Whoever reads meanwhile sees the file before or after. */
export function writeState(file: string, state: TailscaleState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
