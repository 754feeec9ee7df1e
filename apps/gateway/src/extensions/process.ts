/**
 * An extension in a process of its own: started, watched, ended when it does not answer or takes too much memory, and started again
 * after a while. What it does or fails to do reaches the gateway as the error of a call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelCapabilities, ToolSpec } from '@openclaw-gateway/sdk';
import type { Logger } from '../operations/logs.ts';
import type { StartArgs } from './extension.worker.ts';
import { LENT, Loans } from './loans.ts';
import { type CallOptions, createRpc, type Handler, type Rpc } from './rpc.ts';

/** What an extension says that it adds. */
export type Offer = {
  readonly channels: readonly { readonly id: string; readonly capabilities: ChannelCapabilities; readonly probes: boolean }[];
  readonly models: readonly { readonly api: string }[];
  readonly tools: readonly (ToolSpec & { readonly effect: 'read' | 'write'; readonly policy?: 'allow' | 'ask' | 'deny' })[];
  readonly routers: readonly { readonly name: string }[];
};

export type ProcessState = {
  readonly state: 'starting' | 'running' | 'waiting' | 'stopped';
  readonly pid?: number;
  readonly restarts: number;
  readonly error?: GatewayError;
};

export type ExtensionProcessOptions = StartArgs & {
  readonly name: string;
  readonly memoryBytes: number;
  readonly handle: (op: string) => Handler | undefined;
  readonly onOffer: (offer: unknown) => void;
  readonly onDown: (error: GatewayError) => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly timing?: Timing;
};

type Timing = {
  readonly startMs: number;
  readonly pingMs: number;
  readonly answerMs: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
};

const TIMING: Timing = { startMs: 30_000, pingMs: 5000, answerMs: 10_000, firstWaitMs: 1000, longestWaitMs: 60_000 };
/** A process that ran so long did not fail because of how it starts. */
const STABLE_MS = 60_000;
/** Beside the heap: the program itself, buffers. */
const BESIDE_HEAP_BYTES = 96 * 1024 * 1024;
const MOST_LOG_LINES_A_SECOND = 20;
const MOST_LOG_CHARACTERS = 2000;
const BELIEVED = /^(MODEL_(?!INTERRUPTED|OVERTAKEN|CIRCUIT)|CHANNEL_|TOOL_(?!INTERRUPTED)|EXTENSION_|CONFIG_INVALID$)/;

export class ExtensionProcess {
  readonly #options: ExtensionProcessOptions;
  readonly #timing: Timing;
  /** What the gateway lends the extension. */
  readonly loans = new Loans();
  #child: ChildProcess | undefined;
  #rpc: Rpc | undefined;
  #state: ProcessState = { state: 'starting', restarts: 0 };
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExtensionProcessOptions) {
    this.#options = options;
    this.#timing = options.timing ?? TIMING;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Starts it and resolves when it runs, or has failed for the first time. */
  async start(): Promise<void> {
    if (this.#state.state === 'stopped') return;
    const startedAt = Date.now();
    const { dir, config, egress, network } = this.#options;
    const child = this.#spawn();
    let ended = false;
    const end = (error: GatewayError) => {
      if (ended) return;
      ended = true;
      child.kill('SIGKILL');
      this.#rpc?.close(error);
      this.#rpc = undefined;
      this.#ended(error, Date.now() - startedAt);
    };
    child.once('error', (error) => end(new GatewayError('EXTENSION_DOWN', { message: error.message })));
    child.once('exit', (code, signal) =>
      end(new GatewayError('EXTENSION_DOWN', { message: `Its process ended (${signal ?? `exit ${code}`}).` })),
    );
    const rpc = createRpc(child.stdio[3] as Duplex, {
      handle: (op) => (op === LENT ? this.loans.handler : this.#options.handle(op)),
      onBroken: end,
      believes: (code) => BELIEVED.test(code),
    });
    this.#rpc = rpc;
    try {
      const offer = await rpc.call('start', { dir, config, egress, network } satisfies StartArgs, { timeoutMs: this.#timing.startMs });
      if (ended) return;
      this.#options.onOffer(offer);
      this.#state = { state: 'running', restarts: this.#state.restarts, ...(child.pid !== undefined && { pid: child.pid }) };
      this.#watch(child, rpc, end);
    } catch (thrown) {
      end(toGatewayError(thrown));
    }
  }

  readonly call = async <T>(op: string, args: unknown, options?: CallOptions): Promise<T> => {
    if (!this.#rpc || this.#state.state !== 'running')
      throw new GatewayError('EXTENSION_DOWN', { message: `The extension ${this.#options.name} does not run.` });
    return this.#rpc.call<T>(op, args, options);
  };

  stop(): void {
    this.#state = { state: 'stopped', restarts: this.#state.restarts };
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
  }

  #ended(error: GatewayError, ranMs: number): void {
    clearTimeout(this.#timer);
    if (this.#state.state === 'stopped') return;
    this.#options.logger.warn({ extension: this.#options.name, code: error.code }, `the extension is down: ${error.message}`);
    this.#failures = ranMs > STABLE_MS ? 0 : this.#failures + 1;
    this.#state = { state: 'waiting', restarts: this.#state.restarts + 1, error };
    const { firstWaitMs, longestWaitMs } = this.#timing;
    this.#timer = setTimeout(() => void this.start(), Math.min(firstWaitMs * 2 ** Math.min(this.#failures - 1, 20), longestWaitMs));
    this.#timer.unref();
    this.#options.onDown(error);
  }

  /** Asks it again and again whether it is there, and looks at how much memory it has. */
  #watch(child: ChildProcess, rpc: Rpc, end: (error: GatewayError) => void): void {
    this.#timer = setTimeout(async () => {
      const bytes = residentBytes(child.pid);
      const most = this.#options.memoryBytes + BESIDE_HEAP_BYTES;
      if (bytes > most)
        return end(
          new GatewayError('EXTENSION_MISBEHAVED', {
            message: `It used ${Math.round(bytes / 2 ** 20)} MiB; it may have ${Math.round(most / 2 ** 20)}.`,
          }),
        );
      try {
        await rpc.call('ping', {}, { timeoutMs: this.#timing.answerMs });
        if (this.#rpc === rpc) this.#watch(child, rpc, end);
      } catch (thrown) {
        end(toGatewayError(thrown));
      }
    }, this.#timing.pingMs);
    this.#timer.unref();
  }

  #spawn(): ChildProcess {
    const { name, dir, memoryBytes, logger } = this.#options;
    const program = fileURLToPath(new URL('./extension.worker.ts', import.meta.url));
    const heapMb = Math.max(16, Math.round(memoryBytes / 2 ** 20));
    const readable = [dir, hostFiles(program)].flatMap((folder) => ['--allow-fs-read', `${folder}/*`]);
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, '--permission', '--no-warnings', ...readable, program], {
      cwd: dir,
      env: { NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) if (stream) logLines(stream, (line) => logger.info({ extension: name }, line));
    return child;
  }
}

/** Where the program itself may read: its bundle, or the checkout that it is run from. */
function hostFiles(program: string): string {
  return program.endsWith('.ts') ? join(dirname(program), '../../../..') : dirname(program);
}

function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4096;
  } catch {
    // Elsewhere than on Linux the heap's own limit must do.
    return 0;
  }
}

/** What it prints, so much of it as a log can bear. */
function logLines(stream: Readable, log: (line: string) => void): void {
  let [second, lines] = [0, 0];
  stream.setEncoding('utf8').on('data', (text: string) => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, lines] = [now, 0];
    for (const line of text.slice(0, 10 * MOST_LOG_CHARACTERS).split('\n')) {
      if (line.trim() === '' || ++lines > MOST_LOG_LINES_A_SECOND) continue;
      log(line.slice(0, MOST_LOG_CHARACTERS));
    }
  });
  stream.on('error', () => undefined);
}
