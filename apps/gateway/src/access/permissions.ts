/**
 * What each route, procedure and method needs: the one table that the doors enforce. A door that finds something of its own that is
 * not in here does not open.
 */
import { mayDo, type Permission } from './roles.ts';

/**
 * `public`: nothing, not even to say who it is. `signed-in`: any proof of who it is. `own-check`: what is behind the route asks by
 * itself: a webhook for its signature, tRPC for each procedure, a socket for each method.
 * With `own` somebody reaches the own conversations only, with `all` everybody's. With `elsewhere` programs on this machine need nothing.
 */
export type Need =
  | 'public'
  | 'signed-in'
  | 'own-check'
  | Permission
  | { readonly own: Permission; readonly all: Permission }
  | { readonly elsewhere: Permission };

/** Whose conversations somebody reaches by a call. */
export type Reach = 'own' | 'all';

const READ = { own: 'messages.send', all: 'events.read' } as const satisfies Need;
const WRITE = { own: 'messages.send', all: 'sessions.control' } as const satisfies Need;

/** By method and pattern; `*` is any method that is not named. `<hooks>`, `<metrics>` and `<callback>` stand where the configuration says. */
export const ROUTES: Readonly<Record<string, Need>> = {
  'GET /health': 'public',
  '* /health': 'public',
  'GET /healthz': 'public',
  '* /healthz': 'public',
  'GET /ready': 'public',
  '* /ready': 'public',
  'GET /readyz': 'public',
  '* /readyz': 'public',
  'GET <metrics>': { elsewhere: 'metrics.read' },
  '* <metrics>': 'public',
  'GET /.well-known/acme-challenge/:token': 'public',
  'GET /config.schema.json': 'public',

  'GET /': 'public',
  'GET /*': 'public',
  'POST /api/sign-in': 'public',
  'POST /api/sign-in/token': 'public',
  'POST /api/sign-out': 'public',
  // A browser's proof that it took trouble (floods/).
  'POST /api/access/proof': 'public',
  'GET /api/me': 'public',
  'POST /api/sign-in/password': 'public',
  // Who is signed in gets one for the own account, a token one for the owner.
  'POST /api/sign-in-links': 'signed-in',
  'POST /api/gateway-token': 'access.manage',

  // Sign-in by a provider: whoever comes here is not signed in yet.
  'GET /auth/methods': 'public',
  'GET /auth/login': 'public',
  'GET /auth/callback': 'public',
  'GET <callback>': 'public',
  // Made from the cookie of a login and from nothing else.
  'POST /auth/token': 'own-check',

  'POST /auth/step-up': 'signed-in',
  'POST /api/me/password': 'signed-in',
  'POST /api/me/totp': 'signed-in',
  'POST /api/me/totp/confirm': 'signed-in',
  'POST /api/me/totp/remove': 'signed-in',
  'GET /api/me/logins': 'signed-in',
  'POST /api/me/logins/revoke': 'signed-in',

  'GET /api/access/users': 'access.read',
  'POST /api/access/users': 'access.manage',
  'POST /api/access/users/:name/roles': 'access.manage',
  'POST /api/access/users/:name/disable': 'access.manage',
  'POST /api/access/users/:name/enable': 'access.manage',
  'POST /api/access/users/:name/remove': 'access.manage',
  'POST /api/access/users/:name/password': 'access.manage',
  'POST /api/access/users/:name/sign-in-link': 'access.manage',
  'POST /api/access/users/:name/totp': 'access.manage',
  'POST /api/access/users/:name/totp/confirm': 'access.manage',
  'POST /api/access/users/:name/totp/reset': 'access.manage',
  'POST /api/access/users/:name/recovery-codes': 'access.manage',
  'GET /api/access/logins': 'access.read',
  'POST /api/access/logins/revoke': 'access.manage',
  'GET /api/access/tokens': 'access.read',
  'POST /api/access/tokens': 'access.manage',
  'POST /api/access/tokens/:id/rotate': 'access.manage',
  'POST /api/access/tokens/:id/revoke': 'access.manage',
  // The token that is given back is the proof.
  'POST /api/access/tokens/refresh': 'public',
  'GET /api/access/bans': 'access.read',
  'POST /api/access/bans': 'access.manage',
  'POST /api/access/bans/remove': 'access.manage',
  'GET /api/access/devices': 'access.read',
  'POST /api/access/devices/requests/:id/approve': 'access.manage',
  'POST /api/access/devices/requests/:id/reject': 'access.manage',
  'POST /api/access/devices/:id/rotate': 'access.manage',
  'POST /api/access/devices/:id/revoke': 'access.manage',

  'POST <hooks>/:name': 'own-check',
  'GET /webhooks/:channel/:account': 'own-check',
  'POST /webhooks/:channel/:account': 'own-check',
  '* /trpc/:path': 'own-check',
  'GET / (websocket)': 'own-check',

  'POST /api/messages': WRITE,
  'GET /api/messages': READ,
  'GET /api/messages/:id': READ,
  'GET /api/attachments/:id': READ,
  'GET /v1/models': 'messages.send',
  'GET /v1/models/*': 'messages.send',
  'POST /v1/chat/completions': WRITE,

  'GET /api/events': 'events.read',
  'GET /api/events/:position': 'events.read',
  'GET /api/sessions': READ,
  'GET /api/sessions/:id': READ,
  'POST /api/sessions/:id/fork': 'sessions.control',
  'POST /api/sessions/:id/cancel': 'sessions.control',
  'POST /api/sessions/:id/release': 'sessions.control',
  'GET /api/sessions/:id/bundle': 'audit.export',
  'POST /api/replays/bundles': 'sessions.control',
  'GET /api/state': 'events.read',

  'GET /api/status': 'status.read',
  'GET /api/memory': 'status.read',
  'GET /api/channels': 'status.read',
  'POST /api/route/explain': 'events.read',
  'POST /api/channels/:action': 'channels.control',
  'GET /api/dead-letters': 'events.read',
  'GET /api/dead-letters/:id': 'events.read',
  'POST /api/dead-letters/:id/resubmit': 'sessions.control',
  'POST /api/dead-letters/:id/discard': 'sessions.control',
  'GET /api/views': 'events.read',
  'POST /api/views': 'events.read',
  'POST /api/views/:name/remove': 'events.read',
  'GET /api/pairing': 'channels.control',
  'POST /api/pairing/approve': 'channels.control',
  'POST /api/pairing/reject': 'channels.control',
  'POST /api/pairing/revoke': 'channels.control',
  'GET /api/logs': 'events.read',
  'GET /api/log-level': 'status.read',
  'POST /api/log-level': 'gateway.control',
  'POST /api/shutdown': 'gateway.control',
  'POST /api/backups/created': 'gateway.control',
  'POST /api/firewall/applied': 'gateway.control',
  'POST /api/firewall/removed': 'gateway.control',
  'GET /api/alerts': 'metrics.read',
  'GET /api/budgets': 'metrics.read',
  'GET /api/models': 'metrics.read',
  'GET /api/schedules': 'events.read',
  'POST /api/schedules/:name/run': 'sessions.control',
  'GET /api/extensions': 'config.read',
  'POST /api/extensions/add': 'gateway.control',
  'POST /api/extensions/remove': 'gateway.control',
  'POST /api/alerts/silence': 'alerts.control',
  'POST /api/alerts/unsilence': 'alerts.control',

  'GET /api/approvals': 'approvals.decide',
  'POST /api/approvals/:code/approve': 'approvals.decide',
  'POST /api/approvals/:code/deny': 'approvals.decide',

  'GET /api/config': 'config.read',
  'GET /api/config/at': 'config.read',
  'GET /api/config/versions': 'config.read',
  'GET /api/config/versions/:at': 'config.read',
  'GET /api/config/diff': 'config.read',
  'PATCH /api/config': 'config.write',
  'POST /api/config/rollback': 'config.write',

  'GET /api/audit': 'audit.read',
  'GET /api/audit/checkpoints': 'audit.read',
  'GET /api/audit/proofs/:position': 'audit.read',
  'POST /api/audit/verified': 'audit.read',
  'POST /api/exports': 'audit.export',
  'GET /api/exports': 'audit.export',
  'GET /api/exports/:id': 'audit.export',
  'GET /api/exports/:id/files/:name': 'audit.export',
  'DELETE /api/exports/:id': 'audit.export',
  'POST /api/exports/records': 'audit.export',

  'POST /api/data/erase': 'data.erase',
  'GET /api/data/holds': 'data.erase',
  'POST /api/data/holds': 'data.erase',
  'POST /api/data/holds/release': 'data.erase',
  'POST /api/data/retain': 'data.erase',
};

/** The dashboard's calls, by the path of the procedure. */
export const PROCEDURES: Readonly<Record<string, Need>> = {
  'frame.me': 'signed-in',
  'frame.gateway': 'signed-in',
  'overview.summary': 'status.read',
  'overview.attention': 'events.read',
  'overview.activity': 'events.read',
  'overview.resend': 'sessions.control',
  'overview.release': 'sessions.control',
  'events.list': 'events.read',
  'events.after': 'events.read',
  'events.get': 'events.read',
  'events.facets': 'events.read',
  'events.histogram': 'events.read',
  'events.breakdown': 'events.read',
  'events.compare': 'events.read',
  'events.without': 'events.read',
  'events.check': 'events.read',
  'events.fields': 'events.read',
  'events.part': 'events.read',
  'events.proof': 'events.read',
  'events.live': 'events.read',
  'views.list': 'events.read',
  'views.save': 'events.read',
  'views.remove': 'events.read',
  'sessions.list': READ,
  'sessions.get': READ,
  'sessions.turn': READ,
  'sessions.events': READ,
  'sessions.facts': READ,
  'sessions.routeNow': 'events.read',
  'sessionActs.note': 'sessions.control',
  'sessionActs.reset': 'sessions.control',
  'sessionActs.release': 'sessions.control',
  'sessionActs.cancel': 'sessions.control',
  'sessionActs.hold': 'data.erase',
  'history.session': READ,
  'history.steps': READ,
  'history.context': READ,
  'history.config': 'config.read',
  'history.state': 'events.read',
  'audit.list': 'audit.read',
  'audit.facets': 'audit.read',
  'audit.actor': 'access.read',
  'audit.checkpoints': 'audit.read',
  'audit.proof': 'audit.read',
  'audit.verify': 'audit.read',
  'audit.cancelVerify': 'audit.read',
  'audit.verification': 'audit.read',
  'exports.list': 'audit.export',
  'exports.estimate': 'audit.export',
  'exports.start': 'audit.export',
  'exports.resume': 'audit.export',
  'exports.cancel': 'audit.export',
  'exports.manifest': 'audit.export',
  'retention.overview': 'data.erase',
  'retention.history': 'data.erase',
  'retention.segments': 'data.erase',
  'retention.preview': 'data.erase',
  'retention.run': 'data.erase',
  'retention.hold': 'data.erase',
  'retention.release': 'data.erase',
  'retention.erasePreview': 'data.erase',
  'retention.erase': 'data.erase',
  'logs.list': 'events.read',
  'logs.tail': 'events.read',
  'logs.level': 'status.read',
  'logs.setLevel': 'gateway.control',
  'replays.list': 'events.read',
  'replays.preview': 'sessions.control',
  'replays.start': 'sessions.control',
  'replays.get': 'events.read',
  'replays.turn': 'events.read',
  'replays.cancel': 'sessions.control',
  'replays.follow': 'events.read',
  'replays.keep': 'sessions.control',
  'replays.cases': 'events.read',
  'approvals.count': 'approvals.decide',
  'approvals.waiting': 'approvals.decide',
  'approvals.inspect': 'approvals.decide',
  'approvals.history': 'approvals.decide',
  'approvals.decide': 'approvals.decide',
  'approvals.allowAlways': 'config.write',
  // A chat of the console is always the caller's own.
  'console.options': 'events.read',
  'console.explain': 'events.read',
  'console.chat': 'messages.send',
  'console.history': 'messages.send',
  'console.send': 'messages.send',
  'console.stop': 'messages.send',
  'console.progress': 'messages.send',
  'config.file': 'config.read',
  'config.versions': 'config.read',
  'config.version': 'config.read',
  'config.diff': 'config.read',
  'config.restored': 'config.write',
  'config.review': 'config.write',
  'config.edit': 'config.write',
  'config.impact': 'config.write',
  'config.merge': 'config.write',
  'config.save': 'config.write',
  'config.rollback': 'config.write',
  'config.confirm': 'config.write',
  'config.revert': 'config.write',
  'access.me': 'signed-in',
  'access.rules': 'access.read',
  'access.users': 'access.read',
  'access.logins': 'access.read',
  'access.tokens': 'access.read',
  'access.devices': 'access.read',
  'access.bans': 'access.read',
};

/** The methods of WebSocket clients. Each needs its scope besides (ws/scopes.ts). */
export const SOCKET_METHODS: Readonly<Record<string, Need>> = {
  health: 'status.read',
  status: 'status.read',
  'channels.status': 'status.read',
  'config.get': 'config.read',
  'logs.tail': 'events.read',
  'events.subscribe': 'events.read',
  'events.unsubscribe': 'events.read',
  'sessions.list': READ,
  'chat.history': READ,
  'device.pair.list': 'access.manage',
  'device.pair.approve': 'access.manage',
  'device.pair.reject': 'access.manage',
  'device.pair.remove': 'access.manage',
  // Of another device: access.manage, which the method asks for.
  'device.token.rotate': 'signed-in',
  'device.token.revoke': 'access.manage',
  'chat.send': WRITE,
  'chat.abort': WRITE,
  agent: WRITE,
  'agent.wait': WRITE,
};

type Granted = Parameters<typeof mayDo>[0];

/** Whose conversations somebody reaches who needs this; nothing when he may not at all. Where it is not about conversations it is `all`. */
export function reachOf(caller: Granted, need: Need): Reach | undefined {
  if (need === 'public' || need === 'signed-in' || need === 'own-check') return 'all';
  if (typeof need === 'string') return mayDo(caller, need) ? 'all' : undefined;
  if ('elsewhere' in need) return mayDo(caller, need.elsewhere) ? 'all' : undefined;
  if (mayDo(caller, need.all)) return 'all';
  return mayDo(caller, need.own) ? 'own' : undefined;
}

/** The permission that a need comes down to: what a refusal names. */
export function permissionIn(need: Need): Permission | undefined {
  if (need === 'public' || need === 'signed-in' || need === 'own-check') return undefined;
  if (typeof need === 'string') return need;
  return 'elsewhere' in need ? need.elsewhere : need.own;
}
