/** What each call of the API is for the audit trail: somebody looks, somebody acts, or neither. A route that is not named is taken for one of the first two. */
import { type GatewayError, isId } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessRequest } from '../access/request.ts';
import type { Acting, Asker, AuditTarget, Ended, Looking } from '../audit/index.ts';
import type { Parts } from '../parts.ts';
import { normalise } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What of the log the answer shows. */
    looksAt: AuditTarget | null;
    /** Says how what was asked for ended. */
    ended: Ended | null;
    /** Why it failed. */
    problem: GatewayError | null;
  }
}

type Fields = Readonly<Record<string, unknown>>;
type Call = { readonly looking: Looking } | { readonly acting: Acting } | undefined;
type Describe = (request: FastifyRequest, parts: Parts) => Call;

const neither: Describe = () => undefined;
const look =
  (operation: Looking['operation'], kind: string, id?: (request: FastifyRequest, parts: Parts) => string | undefined): Describe =>
  (request, parts) => {
    const query = text(fields(request.query)['q']);
    const target: AuditTarget = { kind, ...defined(id?.(request, parts)) };
    return { looking: { operation: query === undefined ? operation : 'search', target, ...(query !== undefined && { query }) } };
  };
const act =
  (action: string, kind: string, id?: (body: Fields, parameters: Fields) => string | undefined): Describe =>
  (request) => {
    const body = fields(request.body);
    const reason = text(body['reason']);
    return {
      acting: { action, target: { kind, ...defined(id?.(body, fields(request.params))) }, ...(reason !== undefined && { reason }) },
    };
  };

const parameter = (name: string) => (request: FastifyRequest) => text(fields(request.params)[name]);
const inBody = (name: string) => (body: Fields) => text(body[name]);

/** A session is named by its id or by its key; a key names people and may not stand in an event. */
const session = (request: FastifyRequest, { pipeline }: Parts) => {
  const named = text(fields(request.params)['id']);
  return named === undefined || isId('session', named) ? named : pipeline.resolveSession(named).sessionId;
};
/** Only what stands for a person, never the person. */
const subject = (body: Fields) => opaque(body['subject']);
const held = (body: Fields) => opaque(fields(body['target'])['id']);

const CALLS: Readonly<Record<string, Describe>> = {
  // How the gateway is, and who asks: nothing of what it holds.
  'GET /api/status': neither,
  'GET /api/memory': neither,
  'GET /api/channels': neither,
  'GET /api/log-level': neither,
  'GET /api/alerts': neither,
  'GET /api/budgets': neither,
  'GET /api/schedules': neither,
  'GET /api/models': neither,
  'GET /api/extensions': neither,
  'GET /api/exports': neither,
  'GET /api/exports/:id': neither,
  'GET /api/audit/checkpoints': neither,
  'GET /api/audit/proofs/:position': neither,
  // Messages, and what records itself.
  'POST /api/messages': neither,
  'POST /api/exports/records': neither,
  'POST /api/backups/created': neither,
  'POST /api/firewall/applied': neither,
  'POST /api/firewall/removed': neither,
  'POST /api/audit/verified': neither,
  'GET /api/logs': look('fetch', 'log'),
  'GET /api/events': look('list', 'events'),
  'POST /api/route/explain': look('read', 'route'),
  'POST /api/channels/:action': act('channel.hold', 'channel', (body) => text(body['channel'])),
  'POST /api/channels/test-message': act('channel.test_message', 'channel', inBody('channel')),
  'GET /api/dead-letters': look('list', 'messages'),
  'GET /api/dead-letters/:id': look('read', 'message', parameter('id')),
  'POST /api/dead-letters/:id/resubmit': act('dead_letter.resubmit', 'message', (_, { id }) => text(id)),
  'POST /api/dead-letters/:id/discard': act('dead_letter.discard', 'message', (_, { id }) => text(id)),
  'GET /api/views': neither,
  'POST /api/views': act('view.save', 'view', inBody('name')),
  'POST /api/views/:name/remove': act('view.remove', 'view', (_, { name }) => text(name)),
  'GET /api/pairing': look('list', 'pairing'),
  'POST /api/pairing/approve': act('pairing.approve', 'pairing'),
  'POST /api/pairing/reject': act('pairing.reject', 'pairing'),
  'POST /api/pairing/revoke': act('pairing.revoke', 'pairing'),
  'GET /api/events/:position': look('read', 'event', parameter('position')),
  'GET /api/sessions': look('list', 'sessions'),
  'GET /api/sessions/:id': look('read', 'session', session),
  'POST /api/replays/bundles': act('replay.import', 'bundle'),
  'POST /api/replays/bundles/inspect': look('read', 'bundle'),
  'GET /api/sessions/:id/bundle': act('export.bundle', 'session', (_, { id }) => (isId('session', String(id)) ? String(id) : undefined)),
  'GET /api/messages': look('list', 'messages'),
  'GET /api/messages/:id': look('read', 'message', parameter('id')),
  'GET /api/attachments/:id': look('fetch', 'attachment', parameter('id')),
  'GET /api/state': look('read', 'state'),
  'GET /api/audit': look('list', 'audit'),
  'GET /api/config': look('read', 'config'),
  'GET /api/config/at': look('read', 'config'),
  'GET /api/config/versions': look('list', 'config'),
  'GET /api/config/versions/:at': look('read', 'config', parameter('at')),
  'GET /api/config/diff': look('read', 'config'),
  'GET /api/approvals': look('list', 'approvals'),
  'GET /api/data/holds': look('list', 'holds'),
  'GET /api/exports/:id/files/:name': look('fetch', 'export', parameter('id')),
  'POST /api/exports': act('export.start', 'export', inBody('resume')),
  'DELETE /api/exports/:id': act('export.remove', 'export', (_, { id }) => text(id)),
  'POST /api/sessions/:id/fork': act('session.fork', 'session', (_, { id }) => (isId('session', String(id)) ? String(id) : undefined)),
  'POST /api/sessions/:id/cancel': act('run.stop', 'session', (_, { id }) => (isId('session', String(id)) ? String(id) : undefined)),
  'POST /api/sessions/:id/release': act('session.release', 'session', (_, { id }) =>
    isId('session', String(id)) ? String(id) : undefined,
  ),
  'POST /api/gateway-token': act('token.rotate', 'gateway-token'),
  'POST /api/sign-in-links': act('sign_in_link.make', 'sign-in-link'),
  'POST /api/log-level': act('log_level.set', 'log-level', inBody('level')),
  'POST /api/extensions/add': act('extension.add', 'extension', inBody('source')),
  'POST /api/extensions/remove': act('extension.remove', 'extension', inBody('name')),
  'POST /api/shutdown': act('gateway.stop', 'gateway'),
  'PATCH /api/config': act('config.change', 'config', inBody('path')),
  'POST /api/config/rollback': act('config.rollback', 'config', inBody('to')),
  'POST /api/schedules/:name/run': act('schedule.run', 'schedule', (_body, { name }) => text(name)),
  'POST /api/alerts/silence': act('alert.silence', 'alert', inBody('rule')),
  'POST /api/alerts/unsilence': act('alert.unsilence', 'alert', inBody('rule')),
  'POST /api/approvals/:code/approve': act('approval.approve', 'approval', (_, { code }) => text(code)),
  'POST /api/approvals/:code/deny': act('approval.deny', 'approval', (_, { code }) => text(code)),
  'POST /api/data/erase': act('data.erase', 'subject', subject),
  'POST /api/data/holds': act('data.hold', 'hold', held),
  'POST /api/data/holds/release': act('data.release', 'hold', held),
  'POST /api/data/retain': act('data.retain', 'log'),
};

/** Records each call of the routes registered after it, masks what they show, and refuses what cannot be recorded. */
export function recordCalls(app: FastifyInstance, parts: Parts): void {
  app.decorateRequest('looksAt', null);
  app.decorateRequest('ended', null);
  app.decorateRequest('problem', null);

  app.addHook('preHandler', async (request) => {
    const asker = askerOf(request);
    const call = asker && callOf(request, parts);
    if (!asker || !call) return;
    if ('acting' in call) {
      request.ended = await parts.audit.begin(asker, call.acting);
      return;
    }
    parts.audit.look(asker, call.looking);
    request.looksAt = call.looking.target;
  });
  app.addHook('preSerialization', async (request, _, payload) => {
    const asker = askerOf(request);
    return request.looksAt && asker ? parts.audit.shown(asker, request.looksAt, payload) : payload;
  });
  app.addHook('onError', async (request, _, thrown) => {
    const error = normalise(thrown, request);
    request.problem = error;
    const asker = askerOf(request);
    if (!asker || error.status !== 403) return;
    const { caller, socket: client } = asker;
    parts.access.recordRefusal({ door: 'http', caller, target: nameOf(request), rule: error.code, error, client });
  });
  // Whoever has the answer can rely on it that the trail has it, too.
  app.addHook('onSend', async (request, _, payload) => {
    const { ended, problem } = request;
    request.ended = null;
    await ended?.(problem ?? undefined);
    return payload;
  });
}

function askerOf(request: FastifyRequest): Asker | undefined {
  return request.caller ? { caller: request.caller, socket: accessRequest(request).socket, door: 'http' } : undefined;
}

function nameOf(request: FastifyRequest): string {
  return `${request.method === 'HEAD' ? 'GET' : request.method} ${request.routeOptions.url}`;
}

function callOf(request: FastifyRequest, parts: Parts): Call {
  const name = nameOf(request);
  const describe = CALLS[name] ?? (name.startsWith('GET ') ? look('read', name.slice('GET '.length)) : act(name, 'gateway'));
  return describe(request, parts);
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function opaque(value: unknown): string | undefined {
  return typeof value === 'string' && /^(sub|ses)_[0-9a-z]{26}$/.test(value) ? value : undefined;
}

function defined(id: string | undefined): { readonly id?: string } {
  return id === undefined ? {} : { id };
}
