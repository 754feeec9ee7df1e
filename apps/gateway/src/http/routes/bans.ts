/** Which addresses are turned away, and turning them away by hand. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isLoopback, plainAddress } from '../../access/addresses.ts';
import { clientOf } from '../../access/client.ts';
import { networkOf } from '../../floods/index.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { trustOf } from '../forwarded.ts';
import { defined, parse, text } from '../validate.ts';

const LONGEST_MS = 10 * 366 * 86_400_000;
const DURATION = 'milliseconds from 1000 to ten years';
const ADDRESS = 'an IPv4 or IPv6 address, such as "203.0.113.9"';

const address = z
  .string({ error: ADDRESS })
  .max(64, { error: ADDRESS })
  .refine((written) => networkOf(written) !== undefined, { error: ADDRESS });
const addBody = z.object(
  {
    address,
    forMs: z.int({ error: DURATION }).min(1000, { error: DURATION }).max(LONGEST_MS, { error: DURATION }).optional(),
    reason: text(500, 'a reason').optional(),
  },
  { error: 'an object' },
);
const removeBody = z.object({ address }, { error: 'an object' });

export function banRoutes(app: FastifyInstance, parts: Parts): void {
  const { bans } = parts.floods;
  const trusts = trustOf(parts);

  app.get('/api/access/bans', async () => ({ bans: bans.list() }));

  app.post('/api/access/bans', async (request) => {
    const { address: written, forMs, reason: note } = parse(addBody, request.body);
    refuseUnwise(written, request, trusts);
    return await bans.add(networkIn(written), callerOf(request).actor, defined({ forMs, note }));
  });

  app.post('/api/access/bans/remove', async (request) => {
    const network = networkIn(parse(removeBody, request.body).address);
    if (!(await bans.remove(network, callerOf(request).actor))) {
      throw new GatewayError('BAN_NOT_FOUND', { message: `${network} is not banned.` });
    }
    return { address: network };
  });
}

const networkIn = (written: string): string => networkOf(written) ?? written;

/** A ban that would lock out its maker, or everyone behind a proxy, is a slip. */
function refuseUnwise(written: string, request: FastifyRequest, trusts: (address: string) => boolean): void {
  const problem = problemOf(written.replace(/\/64$/, ''), request, trusts);
  if (problem === undefined) return;
  const remedy = 'Ban the address of whoever sends too much: the log of the process names it with each refused request.';
  throw new GatewayError('BAD_REQUEST', { message: `${written} ${problem}.`, details: { remedy } });
}

function problemOf(address: string, request: FastifyRequest, trusts: (address: string) => boolean): string | undefined {
  if (isLoopback(plainAddress(address))) return 'is this machine, which is never banned';
  if (trusts(address)) return 'is a proxy in gateway.network.trustedProxies: everyone behind it would be banned';
  return networkIn(address) === networkOf(clientOf(request.raw)?.address) ? 'is where you call from' : undefined;
}
