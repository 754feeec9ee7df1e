/** Faults of an HTTP service on request, and waiting for what a client does to it. */
import type { ServerResponse } from 'node:http';

export type ApiFault =
  /** An answer with this status; `body` is sent as it is, as JSON where it is an object. */
  | { readonly fault: 'status'; readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string | object }
  /** The socket breaks before the method did anything. */
  | { readonly fault: 'drop' }
  /** The method does its work, then the socket breaks before the answer. */
  | { readonly fault: 'drop-after' }
  /** 200, but not JSON. */
  | { readonly fault: 'garbage' }
  | { readonly fault: 'hang' };

export type Faults = {
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
  /** The next calls of this method fail like this, one each. */
  readonly fail: (method: string, ...faults: readonly ApiFault[]) => void;
  /** Every call of this method fails like this until set to `undefined`. */
  readonly failAlways: (method: string, fault: ApiFault | undefined) => void;
  /** Does the method's work, or fails as was asked. The work is told whether its answer is dropped. */
  readonly answer: (method: string, response: ServerResponse, work: (drop: boolean) => void) => void;
  /** Something happened that `until` may wait for. */
  readonly noticed: () => void;
  /** Resolves when `condition` holds; it is looked at after each call and whenever something was noticed. */
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
};

export function createFaults(): Faults {
  const calls = new Map<string, number>();
  const once = new Map<string, ApiFault[]>();
  const standing = new Map<string, ApiFault>();
  const watchers = new Set<() => void>();
  const noticed = () => {
    for (const watcher of watchers) watcher();
  };
  return {
    calls,
    fail: (method, ...next) => void once.set(method, [...(once.get(method) ?? []), ...next]),
    failAlways: (method, fault) => void (fault ? standing.set(method, fault) : standing.delete(method)),
    answer: (method, response, work) => {
      calls.set(method, (calls.get(method) ?? 0) + 1);
      const fault = once.get(method)?.shift() ?? standing.get(method);
      if (!fault || fault.fault === 'drop-after') work(fault !== undefined);
      else misbehave(fault, response);
      noticed();
    },
    noticed,
    until: (condition, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => {
          clearTimeout(timer);
          watchers.delete(look);
          if (error) reject(error);
          else resolve();
        };
        const look = () => {
          if (condition()) end();
        };
        const timer = setTimeout(() => end(new Error(`it did not happen within ${timeoutMs} ms: ${condition}`)), timeoutMs);
        watchers.add(look);
        look();
      }),
  };
}

function misbehave(fault: Exclude<ApiFault, { fault: 'drop-after' }>, response: ServerResponse): void {
  if (fault.fault === 'hang') return;
  if (fault.fault === 'drop') return void response.destroy();
  if (fault.fault === 'garbage') return void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>{');
  const { status, retryAfterSeconds, body = '' } = fault;
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  response.writeHead(status, { 'content-type': 'application/json', ...retry }).end(typeof body === 'string' ? body : JSON.stringify(body));
}
