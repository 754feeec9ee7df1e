/** Tokens and devices: who may come in without being a person at the keyboard. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../access/index.ts';
import { requireFreshProof } from '../../access/people/index.ts';
import { accessRequest } from '../../access/request.ts';
import { PERMISSIONS, type Permission, ROLE_NAMES } from '../../access/roles.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, text } from '../validate.ts';

const LONGEST_MS = 10 * 366 * 86_400_000;
const LIFETIME = 'milliseconds from 1000 to ten years';

const role = z.enum(ROLE_NAMES, { error: ROLE_NAMES.join(', ') });
const permissions = Object.keys(PERMISSIONS) as [Permission, ...Permission[]];
const tokenBody = z.strictObject(
  {
    name: text(64, 'a name'),
    roles: z.array(role, { error: 'a list of roles' }).min(1, { error: 'at least one role' }).max(8, { error: 'at most 8' }),
    scopes: z
      .array(z.enum(permissions, { error: permissions.join(', ') }), { error: 'a list of permissions' })
      .max(permissions.length, { error: `at most ${permissions.length}` })
      .optional(),
    expiresInMs: z.int({ error: LIFETIME }).min(1000, { error: LIFETIME }).max(LONGEST_MS, { error: LIFETIME }).optional(),
  },
  { error: 'an object' },
);
const approvalBody = z.strictObject({ role: role.default('operator') }, { error: 'an object' }).nullish();
const deviceBody = z.strictObject({ role: text(64, 'a role').default('operator') }, { error: 'an object' }).nullish();
const OPERATOR = 'operator';

type WithId = { readonly Params: { readonly id: string } };

export function accessRoutes(app: FastifyInstance, { access }: Parts): void {
  const { tokens, devices } = access;

  app.get('/api/access/tokens', async () => ({ tokens: tokens.services() }));

  app.post('/api/access/tokens', async (request, reply) => {
    const { name, roles, scopes, expiresInMs } = parse(tokenBody, request.body);
    const order = { name, roles, ...defined({ permissions: scopes, lifetimeMs: expiresInMs }) };
    return reply.status(201).send(await tokens.create(order, freshCaller(request)));
  });

  app.post<WithId>('/api/access/tokens/:id/rotate', async (request) => await tokens.rotate(request.params.id, freshCaller(request)));

  app.post<WithId>('/api/access/tokens/:id/revoke', async (request) => await tokens.revoke(request.params.id, callerOf(request).actor));

  app.get('/api/access/devices', async () => ({ devices: tokens.devices(), pending: devices.pending() }));

  app.post<WithId>('/api/access/devices/requests/:id/approve', async (request) => {
    const approved = parse(approvalBody, request.body)?.role ?? OPERATOR;
    const { requestId, device } = await devices.approve(request.params.id, [approved], freshCaller(request));
    return { requestId, device, role: approved };
  });

  app.post<WithId>('/api/access/devices/requests/:id/reject', async (request) => {
    const { requestId, device } = await devices.reject(request.params.id, callerOf(request).actor);
    return { requestId, device };
  });

  app.post<WithId>('/api/access/devices/:id/rotate', async (request) => {
    const as = parse(deviceBody, request.body)?.role ?? OPERATOR;
    const { token, connections } = await devices.rotate(request.params.id, as, callerOf(request));
    return { device: token.device, connections };
  });

  app.post<WithId>('/api/access/devices/:id/revoke', async (request) => {
    const as = parse(deviceBody, request.body)?.role ?? OPERATOR;
    const { token, connections } = await devices.revoke(request.params.id, as, callerOf(request).actor);
    return { device: token.device, connections };
  });
}

/** The caller, who proved a moment ago who it is: what is given out here goes on when the login has ended. */
function freshCaller(request: FastifyRequest): Caller {
  const caller = callerOf(request);
  requireFreshProof(caller);
  return caller;
}

/** Open to everyone: what is presented may have expired already, and is itself the proof. */
export function tokenRefreshRoute(app: FastifyInstance, { access }: Parts): void {
  app.post('/api/access/tokens/refresh', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return await access.refresh(accessRequest(request));
  });
}
