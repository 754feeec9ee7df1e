/** What each of the dashboard's calls is for the audit trail. A call that is not named is taken for a look or an act. */
import { GatewayError } from '@openclaw-gateway/events';
import { consoleKey } from '../access/ownership.ts';
import type { Acting, Asker, AuditTarget, Looking } from '../audit/index.ts';
import type { Context } from './procedure.ts';

type Fields = Readonly<Record<string, unknown>>;
type Call = { readonly looking: Looking } | { readonly acting: Acting } | undefined;
type Describe = (input: Fields, ctx: Context) => Call;

const neither: Describe = () => undefined;
const look =
  (operation: Looking['operation'], kind: string, id?: (input: Fields, ctx: Context) => string | undefined): Describe =>
  (input, ctx) => {
    const query = text(input['query']) ?? text(fields(input['filter'])['query']);
    const named = id?.(input, ctx);
    const target: AuditTarget = named === undefined ? { kind } : { kind, id: named };
    const searches = query !== undefined && query !== '';
    return { looking: { operation: searches ? 'search' : operation, target, ...(searches && { query }) } };
  };
const givenReason = (input: Fields) => text(input['reason']);
const NO_REASON = () => undefined;
const act =
  (action: string, kind: string, id?: (input: Fields) => string | undefined, reasonOf = givenReason): Describe =>
  (input) => {
    const named = id?.(input);
    const reason = reasonOf(input);
    return { acting: { action, target: { kind, ...(named !== undefined && { id: named }) }, ...(reason !== undefined && { reason }) } };
  };
/** Only what stands for a person, never the person. */
const opaque = (value: unknown) => (typeof value === 'string' && /^(sub|ses)_[0-9a-z]{26}$/.test(value) ? value : undefined);
const held = (input: Fields) => opaque(fields(input['target'])['id']);
const field = (name: string) => (input: Fields) => text(input[name]);
const chat = (input: Fields, { parts, caller }: Context) => {
  return parts.pipeline.resolveSession(consoleKey(caller, text(input['chat']) ?? '')).sessionId;
};

const CALLS: Readonly<Record<string, Describe>> = {
  // The frame of the dashboard, and how the gateway is.
  'frame.me': neither,
  'frame.gateway': neither,
  'overview.summary': neither,
  'overview.attention': neither,
  'overview.activity': look('list', 'sessions'),
  'overview.resend': (input) => ({ acting: { action: 'dead_letter.resubmit', target: target('message', text(input['messageId'])) } }),
  'overview.release': (input) => ({ acting: { action: 'session.release', target: target('session', text(input['sessionId'])) } }),
  // A message is recorded as one.
  'console.chat': neither,
  'console.send': neither,
  'console.options': neither,
  'console.explain': look('read', 'route'),
  'console.history': look('read', 'session', chat),
  'console.progress': look('follow', 'session', chat),
  'console.stop': (input, ctx) => ({ acting: { action: 'run.stop', target: { kind: 'session', id: chat(input, ctx) } } }),
  'events.list': look('list', 'events'),
  'events.after': look('list', 'events'),
  'events.facets': look('list', 'events'),
  'events.histogram': look('list', 'events'),
  'events.breakdown': look('list', 'events'),
  'events.compare': look('list', 'events'),
  'events.without': look('list', 'events'),
  'events.check': neither,
  'events.fields': neither,
  'events.part': look('read', 'event', field('position')),
  'events.proof': look('read', 'event', field('position')),
  'events.live': look('follow', 'events'),
  // Recorded as a reveal.
  'events.reveal': neither,
  'events.get': look('read', 'event', field('position')),
  'views.list': neither,
  'views.save': (input) => ({ acting: { action: 'view.save', target: target('view', text(input['name'])) } }),
  'views.remove': (input) => ({ acting: { action: 'view.remove', target: target('view', text(input['name'])) } }),
  'sessions.list': look('list', 'sessions'),
  'sessions.get': look('read', 'session', field('sessionId')),
  'sessions.turn': look('read', 'message', field('messageId')),
  'logs.list': look('list', 'log'),
  'logs.tail': look('follow', 'log'),
  'logs.level': neither,
  'logs.setLevel': (input) => ({ acting: { action: 'log_level.set', target: { kind: 'log-level', ...level(input) } } }),
  // Figures; nothing of what anybody wrote.
  'metrics.work': neither,
  'metrics.slowest': look('list', 'sessions'),
  'metrics.charts': neither,
  'metrics.objectives': neither,
  'metrics.components': neither,
  'metrics.instances': neither,
  'metrics.scrapeConfig': neither,
  'metrics.diagnose': act('doctor.run', 'gateway'),
  'metrics.repair': act('doctor.repair', 'gateway'),
  'metrics.grafana': neither,
  'sessions.facts': look('read', 'session', field('sessionId')),
  'sessions.routeNow': look('read', 'message', field('messageId')),
  'sessionActs.note': act('session.note', 'session', field('sessionId')),
  'sessionActs.reset': act('session.reset', 'session', field('sessionId')),
  'sessionActs.release': act('session.release', 'session', field('sessionId')),
  'sessionActs.cancel': act('run.stop', 'session', field('sessionId')),
  'sessionActs.hold': (input, ctx) => act(input['held'] === true ? 'data.hold' : 'data.release', 'hold', field('sessionId'))(input, ctx),
  'sessions.events': look('read', 'session', field('sessionId')),
  'history.steps': look('read', 'session', field('sessionId')),
  'history.context': look('read', 'session', field('sessionId')),
  'replays.list': look('list', 'replays'),
  'replays.cases': look('list', 'replays'),
  'replays.preview': look('read', 'replay-source'),
  'replays.estimate': look('read', 'replay-source'),
  'replays.get': look('read', 'replay', field('id')),
  'replays.changes': look('read', 'replay', field('id')),
  'replays.turn': look('read', 'replay', field('id')),
  'replays.follow': look('follow', 'replay', field('id')),
  'replays.start': act('replay.start', 'session', (input) => text(fields(input['source'])['sessionId'])),
  'replays.cancel': act('replay.cancel', 'replay', field('id')),
  'replays.keep': act('replay.keep', 'replay', field('id')),
  'history.config': look('read', 'config', field('at')),
  'history.session': look('read', 'session', field('sessionId')),
  'history.state': look('read', 'state'),
  'audit.list': look('list', 'audit'),
  'audit.facets': look('list', 'audit'),
  'audit.actor': look('read', 'actor', field('id')),
  'exports.list': neither,
  'exports.manifest': neither,
  'exports.estimate': look('list', 'events'),
  'exports.start': act('export.start', 'export'),
  'exports.resume': act('export.resume', 'export', field('id')),
  'exports.cancel': act('export.cancel', 'export', field('id')),
  'retention.overview': look('list', 'holds'),
  'retention.history': look('list', 'retention'),
  'retention.segments': look('list', 'retention'),
  'retention.preview': act('data.retain_preview', 'data'),
  'retention.run': act('data.retain', 'data'),
  'retention.hold': act('data.hold', 'hold', held),
  'retention.release': act('data.release', 'hold', held),
  'retention.erasePreview': act('data.erase_preview', 'subject', ({ person }) => opaque(person)),
  // The reason is recorded by the erasure itself, once it is known to name nobody.
  'retention.erase': act('data.erase', 'subject', ({ person }) => opaque(person), NO_REASON),
  // Hashes and how the check is; what it found is recorded as audit.verified.
  'audit.checkpoints': neither,
  'audit.proof': neither,
  'audit.verification': neither,
  'audit.schedule': neither,
  'audit.verify': act('log.verify', 'log'),
  'audit.cancelVerify': act('log.verify_cancel', 'log'),
  // What it says of a draft, whoever wrote the draft knows, or could read.
  'config.review': neither,
  'config.edit': neither,
  'config.file': look('read', 'config'),
  'config.merge': look('read', 'config'),
  'config.restored': look('read', 'config', field('to')),
  'config.versions': look('list', 'config'),
  'config.version': look('read', 'config', field('at')),
  'config.diff': look('read', 'config', field('to')),
  'config.impact': look('read', 'route'),
  'config.save': act('config.change', 'config', () => undefined),
  'config.rollback': act('config.rollback', 'config', field('to')),
  'config.confirm': act('config.confirm', 'config', () => undefined),
  'config.revert': act('config.revert', 'config', () => undefined),
  // The own account, and what the roles are.
  'access.me': neither,
  'access.rules': neither,
  'access.users': look('list', 'users'),
  'access.logins': look('list', 'logins'),
  'access.tokens': look('list', 'tokens'),
  'access.devices': look('list', 'devices'),
  'access.bans': look('list', 'bans'),
  'approvals.count': neither,
  'approvals.waiting': look('list', 'approvals'),
  'approvals.inspect': look('read', 'approval', field('code')),
  'approvals.history': look('list', 'approvals'),
  'approvals.decide': (input, ctx) =>
    act(input['verdict'] === 'approve' ? 'approval.approve' : 'approval.deny', 'approval', field('code'))(input, ctx),
  // The own browsers.
  'push.list': neither,
  'push.subscribe': act('push.subscribe', 'browser'),
  'push.unsubscribe': act('push.unsubscribe', 'browser', field('id')),
  // How the channels and agents are; nothing of what went through them.
  'channels.list': neither,
  'channels.log': neither,
  'channels.probes': neither,
  'channels.probe': act('channel.probe', 'channel', field('channel')),
  'channels.testMessage': act('channel.test_message', 'channel', field('channel')),
  'channels.messages': look('list', 'messages'),
  'channels.attempts': look('read', 'message', field('messageId')),
  'channels.deadLetters': look('list', 'messages'),
  'channels.resubmit': act('dead_letter.resubmit', 'message', field('messageId')),
  'channels.discard': act('dead_letter.discard', 'message', field('messageId')),
  'channels.hold': act('channel.hold', 'channel', field('channel')),
  'channels.pairing': look('list', 'pairing'),
  'channels.pairingDecide': (input, ctx) =>
    act(`pairing.${input['verdict'] === 'approve' ? 'approve' : 'reject'}`, 'pairing', () => undefined)(input, ctx),
  'channels.pairingRevoke': act('pairing.revoke', 'pairing', () => undefined),
  'channels.connectTelegram': act('config.change', 'config', () => 'channels.telegram'),
  'routing.rules': neither,
  'routing.lastHit': neither,
  'routing.explain': look('read', 'route'),
  'agents.list': look('read', 'config'),
  'agents.models': neither,
  'agents.tools': neither,
  'agents.schedules': neither,
  'agents.runSchedule': act('schedule.run', 'schedule', field('name')),
  'agents.extensions': neither,
  'agents.quarantined': neither,
  'agents.release': act('session.release', 'session', field('sessionId')),
  'approvals.allowAlways': act('config.change', 'config', () => 'tools.rules'),
};

const OPERATION = { query: 'read', subscription: 'follow' } as const;

/** What a call is. */
export function callOf(path: string, type: 'query' | 'mutation' | 'subscription', input: unknown, ctx: Context): Call {
  const describe = CALLS[path];
  if (describe) return describe(fields(input), ctx);
  if (type === 'mutation') return { acting: { action: path, target: { kind: 'gateway' } } };
  return { looking: { operation: OPERATION[type], target: { kind: path } } };
}

export function askerOf({ caller, client: socket }: Context): Asker {
  return { caller, socket, door: 'dashboard' };
}

/** Records a call that was refused because of who made it. */
export function recordRefusal({ parts, caller, client }: Context, target: string, cause: unknown): void {
  if (!(cause instanceof GatewayError) || cause.status !== 403) return;
  parts.access.recordRefusal({ door: 'dashboard', caller, target, rule: cause.code, error: cause, client });
}

function target(kind: string, id: string | undefined): AuditTarget {
  return id === undefined ? { kind } : { kind, id };
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function level({ level }: Fields): { readonly id: string } | undefined {
  return typeof level === 'string' ? { id: level } : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 300) : undefined;
}
