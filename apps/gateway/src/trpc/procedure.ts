import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { initTRPC } from '@trpc/server';
import { procedurePaths } from '../access/acl.ts';
import { authorise } from '../access/authorise.ts';
import type { AccessRequest, Caller } from '../access/index.ts';
import { PROCEDURES, type Reach } from '../access/permissions.ts';
import { metrics } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { askerOf, callOf, recordRefusal } from './audit.ts';
import { bodyOf, toTrpcError } from './errors.ts';
import type { GiveWay } from './give-way.ts';

/** What every call sees: the gateway's parts, who calls, and by which request. */
export type Context = {
  readonly parts: Parts;
  readonly caller: Caller;
  readonly method: string;
  readonly client: AccessRequest['socket'];
  readonly giveWay: GiveWay;
};

const PING_INTERVAL_MS = 15_000;
/** A stream ends after this long and the browser opens it again, so that a login that has ended does not go on reading. */
const STREAM_LIFE_MS = 10 * 60_000;

/** Calls that stay when memory is short: what the dashboard's frame, first page and console need. The others read the log. */
const LIGHT = /^(frame|overview|console)\./;

const trpc = initTRPC.context<Context>().create({
  isDev: false,
  sse: {
    maxDurationMs: STREAM_LIFE_MS,
    ping: { enabled: true, intervalMs: PING_INTERVAL_MS },
    client: { reconnectAfterInactivityMs: 3 * PING_INTERVAL_MS },
  },
  errorFormatter: ({ shape, error }) => {
    const body = bodyOf(error);
    return {
      code: shape.code,
      message: body.message,
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        ...(shape.data.path ? { path: shape.data.path } : {}),
        error: body,
      },
    };
  },
});

export const router = trpc.router;

/** A stream is not measured: it has no end of its own. */
const measured = trpc.middleware(async ({ path, type, next }) => {
  const startedAt = performance.now();
  const result = await next();
  if (type !== 'subscription') metrics.trpcRequest(path, result.ok ? 'ok' : bodyOf(result.error).code, performance.now() - startedAt);
  return result;
});

/** Only reads wait for messages: what somebody does, and what he follows, does not. */
const inTurn = trpc.middleware(async ({ ctx, type, signal, next }) => {
  if (type === 'query') await guarded(() => ctx.giveWay.turn(signal));
  return next();
});

/** A call of someone who is signed in and may make it; `reach` says whose conversations he reaches. Whatever it throws leaves as one of the registry's codes. */
export const procedure = trpc.procedure
  .use(measured)
  .use(inTurn)
  .use(async ({ ctx, path, type, getRawInput, next }) => {
    const { audit, memory } = ctx.parts;
    const refusal = LIGHT.test(path) ? undefined : memory.refusal('read');
    if (refusal) throw toTrpcError(refusal);
    const reach = reachOfCall(ctx, path);
    const call = callOf(path, type, await getRawInput(), ctx);
    const isLook = call !== undefined && 'looking' in call;
    const ended = await guarded(async () => {
      if (isLook) audit.look(askerOf(ctx), call.looking);
      return call && 'acting' in call ? await audit.begin(askerOf(ctx), call.acting) : undefined;
    });
    const result = await next({ ctx: { ...ctx, reach } });
    if (result.ok) {
      await ended?.();
      return isLook && type !== 'subscription' ? { ...result, data: audit.shown(askerOf(ctx), call.looking.target, result.data) } : result;
    }
    const { cause } = result.error;
    await ended?.(toGatewayError(cause ?? result.error));
    recordRefusal(ctx, path, cause);
    if (cause instanceof GatewayError) throw toTrpcError(cause);
    return result;
  });

function reachOfCall({ parts, caller, method, client }: Context, path: string): Reach {
  const need = PROCEDURES[path];
  if (need === undefined) throw new TypeError(`${path} is not in the table of permissions (access/permissions.ts)`);
  try {
    return authorise(parts, { door: 'dashboard', caller, need, target: path, client, acl: { method, paths: procedurePaths(path) } });
  } catch (error) {
    throw error instanceof GatewayError ? toTrpcError(error) : error;
  }
}

async function guarded<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw toTrpcError(toGatewayError(error));
  }
}
