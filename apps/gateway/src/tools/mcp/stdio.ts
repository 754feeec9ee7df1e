/** A server that is a program on this machine: a message a line, on its standard input and output. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** A server that says more in one message is ended. */
const MOST_MESSAGE_BYTES = 8 * 1024 * 1024;

export type StdioServer = {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
};

/** Starts the program in a process group of its own, which ends with the connection. */
export function stdioTransport({ command, args, environment, folder }: StdioServer): Transport {
  let child: ChildProcess | undefined;
  const transport: Transport = {
    async start() {
      const started = spawn(command, args, { cwd: folder, env: environment, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
      child = started;
      started.once('exit', () => transport.onclose?.());
      started.stdin.on('error', (error) => transport.onerror?.(error));
      readLines(
        started,
        (line) => take(transport, line),
        () => kill(started),
      );
      await new Promise<void>((resolve, reject) => started.once('spawn', resolve).once('error', reject));
    },
    async send(message) {
      if (child?.stdin?.writable !== true) throw new Error('the server is not running');
      child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    async close() {
      if (child) kill(child);
    },
  };
  return transport;
}

function take(transport: Transport, line: string): void {
  try {
    transport.onmessage?.(JSON.parse(line) as JSONRPCMessage);
  } catch (error) {
    transport.onerror?.(error as Error);
  }
}

function readLines(child: ChildProcess, onLine: (line: string) => void, tooLong: () => void): void {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      parts = [];
      sizeBytes = 0;
      from = end + 1;
      if (line.trim() !== '') onLine(line);
    }
    if (from === chunk.length) return;
    parts.push(chunk.subarray(from));
    sizeBytes += chunk.length - from;
    if (sizeBytes <= MOST_MESSAGE_BYTES) return;
    parts = [];
    child.stdout?.removeAllListeners('data').resume();
    tooLong();
  });
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
