/**
 * Calls in both directions over one stream of JSON lines. Both sides are the same; neither trusts the other to be quick or to be
 * brief: lines, calls under way and waiting output are bounded, and whoever passes a bound is cut off.
 */
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode, GatewayError, toGatewayError } from '@openclaw-gateway/events';

export const MOST_LINE_BYTES = 1024 * 1024;
const MOST_CALLS = 256;
const MOST_BYTES_A_SECOND = 64 * 1024 * 1024;
const MOST_LINES_A_SECOND = 20_000;
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

type Message =
  | { readonly id: number; readonly op: string; readonly args: unknown }
  | { readonly id: number; readonly chunk: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown }
  | { readonly id: number; readonly cancel: true };

export type Incoming = { readonly args: unknown; readonly signal: AbortSignal; readonly chunk: (value: unknown) => Promise<void> };
export type Handler = (incoming: Incoming) => unknown;
export type CallOptions = { readonly signal?: AbortSignal; readonly timeoutMs?: number; readonly onChunk?: (value: unknown) => void };

type Pending = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: GatewayError) => void;
  readonly onChunk?: (value: unknown) => void;
};

export type Rpc = {
  /** Throws what the other side threw, EXTENSION_TIMEOUT, EXTENSION_DOWN, RUN_ABORTED. */
  readonly call: <T>(op: string, args: unknown, options?: CallOptions) => Promise<T>;
  /** Cuts the stream: every call under way fails with this. */
  readonly close: (error: GatewayError) => void;
};

export type RpcOptions = {
  readonly handle: (op: string) => Handler | undefined;
  readonly onBroken: (error: GatewayError) => void;
  /** Which codes the other side may speak of; anything else it says is EXTENSION_FAILED. */
  readonly believes: (code: string) => boolean;
};

export function createRpc(stream: Duplex, { handle, onBroken, believes }: RpcOptions): Rpc {
  const pending = new Map<number, Pending>();
  const running = new Map<number, AbortController>();
  let nextId = 1;
  let broken: GatewayError | undefined;
  let parts: Buffer[] = [];
  let partBytes = 0;

  const close = (error: GatewayError) => {
    if (broken) return;
    broken = error;
    parts = [];
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    for (const control of running.values()) control.abort();
    running.clear();
    stream.destroy();
  };
  const breach = (what: string) => {
    if (broken) return;
    const error = new GatewayError('EXTENSION_MISBEHAVED', { message: what });
    close(error);
    onBroken(error);
  };

  const send = (message: Message): void => {
    if (broken) return;
    const line = `${JSON.stringify(message)}\n`;
    if (line.length > MOST_LINE_BYTES)
      throw new GatewayError('BODY_TOO_LARGE', { message: 'What goes between gateway and extension may have 1 MiB.' });
    stream.write(line);
    if (stream.writableLength > MOST_WAITING_BYTES) breach('It does not read what it is sent.');
  };
  const drained = (): Promise<void> | undefined =>
    stream.writableNeedDrain ? new Promise((resolve) => stream.once('drain', resolve).once('close', resolve)) : undefined;

  const answer = async (id: number, op: string, args: unknown): Promise<void> => {
    if (running.size >= MOST_CALLS) return breach(`It made more than ${MOST_CALLS} calls at once.`);
    const control = new AbortController();
    running.set(id, control);
    try {
      const handler = handle(op);
      if (!handler) throw new GatewayError('NOT_FOUND', { message: `There is no call ${JSON.stringify(op).slice(0, 80)}.` });
      const chunk = async (value: unknown) => {
        send({ id, chunk: value });
        await drained();
      };
      send({ id, result: (await handler({ args, signal: control.signal, chunk })) ?? null });
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const { code, message, details } =
        thrown instanceof GatewayError || !(thrown instanceof Error)
          ? error
          : new GatewayError('EXTENSION_FAILED', { message: thrown.message });
      send({ id, error: { code, message: message.slice(0, 2000), ...(details && { details }) } });
    } finally {
      running.delete(id);
    }
  };

  const take = (line: string): void => {
    const message = parsed(line);
    if (!message) breach('It sent something that is no message.');
    else if ('op' in message) void answer(message.id, String(message.op), message.args).catch(() => undefined);
    else if ('cancel' in message) running.get(message.id)?.abort();
    else settle(message);
  };
  const settle = (message: Exclude<Message, { readonly op: string } | { readonly cancel: true }>): void => {
    const call = pending.get(message.id);
    if (!call) return;
    if ('chunk' in message) {
      call.onChunk?.(message.chunk);
      return;
    }
    pending.delete(message.id);
    if ('error' in message) call.reject(errorOf(message.error, believes));
    else call.resolve(message.result);
  };

  let second = { from: 0, bytes: 0, lines: 0 };
  stream.on('data', (data: Buffer) => {
    const now = performance.now();
    if (now - second.from > 1000) second = { from: now, bytes: 0, lines: 0 };
    second.bytes += data.length;
    if (second.bytes > MOST_BYTES_A_SECOND || second.lines > MOST_LINES_A_SECOND) return breach('It sent too much in a second.');
    let from = 0;
    for (let at = data.indexOf(10); at >= 0 && !broken; at = data.indexOf(10, from)) {
      parts.push(data.subarray(from, at));
      const line = Buffer.concat(parts).toString('utf8');
      [parts, partBytes, from] = [[], 0, at + 1];
      second.lines += 1;
      take(line);
    }
    if (broken || from >= data.length) return;
    parts.push(data.subarray(from));
    partBytes += data.length - from;
    if (partBytes > MOST_LINE_BYTES) breach('It sent more than 1 MiB at once.');
  });
  stream.on('error', () => close(new GatewayError('EXTENSION_DOWN')));
  stream.on('close', () => close(new GatewayError('EXTENSION_DOWN')));

  return {
    close,
    call: <T>(op: string, args: unknown, { signal, timeoutMs, onChunk }: CallOptions = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      if (broken) return Promise.reject(broken);
      if (signal?.aborted) return Promise.reject(new GatewayError('RUN_ABORTED'));
      if (pending.size >= MOST_CALLS)
        return Promise.reject(new GatewayError('OVERLOADED', { message: 'The extension has too many calls under way.' }));
      const id = nextId++;
      const give = (error: GatewayError) => {
        if (!pending.delete(id)) return;
        send({ id, cancel: true });
        reject(error);
      };
      const onAbort = () => give(new GatewayError('RUN_ABORTED'));
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(
              () => give(new GatewayError('EXTENSION_TIMEOUT', { message: `The extension did not answer within ${timeoutMs} ms.` })),
              timeoutMs,
            );
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.set(id, { resolve, reject, ...(onChunk && { onChunk }) });
      try {
        send({ id, op, args });
      } catch (error) {
        pending.delete(id);
        reject(error);
      }
      return promise.finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      }) as Promise<T>;
    },
  };
}

function parsed(line: string): Message | undefined {
  try {
    const message = JSON.parse(line) as Message;
    return typeof message === 'object' && message !== null && Number.isSafeInteger(message.id) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** What the other side says went wrong, in words and a code that it may speak of. */
export function errorOf(value: unknown, believes: (code: string) => boolean): GatewayError {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const code =
    typeof said['code'] === 'string' && Object.hasOwn(ERRORS, said['code']) && believes(said['code']) ? said['code'] : 'EXTENSION_FAILED';
  const message = typeof said['message'] === 'string' ? said['message'].slice(0, 2000) : 'The extension failed.';
  const { details } = said;
  return new GatewayError(code as ErrorCode, {
    message,
    ...(typeof details === 'object' && details !== null && { details: details as Record<string, unknown> }),
  });
}
