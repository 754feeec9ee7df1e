import {
  AuthLogin,
  ConfigChanged,
  MessageQueued,
  MessageReceived,
  ModelFailed,
  ModelResponded,
  type NewEvent,
  type StoredEvent,
  ToolCompleted,
} from '@openclaw-gateway/events';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { newId } from '@openclaw-gateway/events/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileQuery } from './compile.ts';
import { matches, negate } from './condition.ts';
import { parseQuery } from './parse.ts';

const NOW = Date.UTC(2026, 4, 10, 12, 30);

function compiled(source: string) {
  return compileQuery(parseQuery(source), { source, nowMs: NOW });
}

function stored(event: NewEvent, more: Partial<StoredEvent> = {}): StoredEvent {
  return { ...event, position: 7, version: 1, streamId: 'session/ses_a', time: NOW - 60_000, metadata: {}, ...more };
}

const received = stored(
  MessageReceived.create({
    messageId: 'msg_a',
    channel: 'telegram',
    account: 'work',
    sender: { id: 'x' },
    peer: { kind: 'direct', id: 'x' },
    text: 'Ich möchte eine Rückerstattung, 今天天气很好 - order 4711',
  }),
  {
    metadata: {
      channel: 'telegram',
      agentId: 'main',
      sessionId: 'ses_a',
      correlationId: 'msg_a',
      actor: { type: 'app_user', id: 'snd_x' },
    },
  },
);
const problem = { code: 'MODEL_TIMEOUT', message: 'The model did not answer in time.' };
const failed = stored(
  ModelFailed.create({ runId: 'run_a', step: 1, provider: 'anthropic', model: 'claude-x', problem, retryable: true, durationMs: 2500 }),
);
const responded = stored(
  ModelResponded.create({
    runId: 'run_a',
    step: 1,
    text: '',
    toolCalls: [{ callId: 'c', tool: 'clock.now', arguments: { zone: 'Asia/Shanghai' } }],
    finishReason: 'tool',
    usage: { inputTokens: 900, outputTokens: 200, costUsd: 0.42 },
    durationMs: 10,
  }),
);
const tool = stored(ToolCompleted.create({ runId: 'run_a', callId: 'c', tool: 'clock.now', result: { time: 'noon' }, durationMs: 3 }));
const config = stored(
  ConfigChanged.create({ hash: 'c0ffee01', source: 'file', changes: [{ path: 'gateway.port', op: 'add' }], restartNeeded: [] }),
  { streamId: 'config', metadata: { actor: { type: 'user', id: 'usr_x' } } },
);
const queued = stored(MessageQueued.create({ messageId: 'msg_a', sessionId: 'ses_a', agentId: 'main', runId: 'run_a' }));
const login = stored(
  AuthLogin.create({
    userId: 'usr_x',
    method: 'link',
    loginSessionHash: 'c0ffee00',
    client: { address: '203.0.113.9', scheme: 'https' },
  }),
  { streamId: 'auth' },
);
const all = { received, failed, responded, tool, config, queued };

function found(query: string): string[] {
  const condition = compiled(query);
  return Object.entries(all).flatMap(([name, event]) => (matches(condition, event) ? [name] : []));
}

test.each(['ip:203.0.113.9', 'address:203.0.*', 'has:ip'])('%s finds who came from there, and nothing without an address', (query) => {
  expect(matches(compiled(query), login)).toBe(true);
  expect(found(query)).toEqual([]);
});

describe('what a query finds', () => {
  test.each([
    ['', ['received', 'failed', 'responded', 'tool', 'config', 'queued']],
    ['type:message.*', ['received', 'queued']],
    ['type:(message.received,config.changed)', ['received', 'config']],
    ['-type:message.* -type:model.*', ['tool', 'config']],
    ['sev:>=warn', ['failed']],
    ['sev:info..warn -type:model.responded', ['received', 'tool', 'config', 'queued']],
    ['channel:telegram', ['received']],
    ['channel:tele*', ['received']],
    ['channel:="tele*"', []],
    ['account:work', ['received']],
    ['session:ses_a', ['received']],
    ['in:session/ses_a', ['received']],
    ['in:stream/config', ['config']],
    ['agent:main OR actor:user', ['received', 'config']],
    ['actor:snd_x', ['received']],
    ['tool:clock.now', ['responded', 'tool']],
    ['model:claude-x', ['failed']],
    ['model:anthropic/claude-x', ['failed']],
    ['outcome:failed', ['failed']],
    ['outcome:(completed,failed)', ['failed', 'tool']],
    ['dur:>2s', ['failed']],
    ['dur:1ms..10ms', ['responded', 'tool']],
    ['dur:<=3', ['tool']],
    ['tokens:>1000', ['responded']],
    ['tokens:1100', ['responded']],
    ['cost:>0.4', ['responded']],
    ['cost:>0.42', []],
    ['has:cost', ['responded']],
    ['config:c0ff*', ['config']],
    ['data.problem.code:MODEL_TIMEOUT', ['failed']],
    ['data.toolCalls.arguments.zone:~*/Shanghai', ['responded']],
    ['data.durationMs:>1s', ['failed']],
    ['data.retryable:true', ['failed']],
    ['data.step:1..2', ['failed', 'responded']],
    ['has:error', ['failed']],
    ['has:tool', ['responded', 'tool']],
    ['has:agent', ['received']],
    ['has:dur -has:error', ['responded', 'tool']],
    ['seq:7', ['received', 'failed', 'responded', 'tool', 'config', 'queued']],
    ['seq:>7', []],
    ['near:60~53 type:message.*', ['received', 'queued']],
    ['near:61~53', []],
    [`id:${newId('event', 0)}`, []],
    ['time:-1h', ['received', 'failed', 'responded', 'tool', 'config', 'queued']],
    ['time:-30s..now', []],
    ['rückerstattung', ['received']],
    ['Ruckerstattung', ['received']],
    ['"eine Rückerstattung"', ['received']],
    ['"Rückerstattung eine"', []],
    ['天气', ['received']],
    ['天很', []],
    ['Rücker', []],
    ['Rücker*', ['received']],
    ['noon', ['tool']],
    ['"not answer in time"', ['failed']],
    ['shanghai', ['responded']],
    ['gateway.port', ['config']],
    ['-4711 type:message.*', ['queued']],
    ['4711 OR noon', ['received', 'tool']],
  ])('%s', (query, names) => {
    expect(found(query)).toEqual(names);
  });

  test.each([
    ['time:2026-05-10', Date.UTC(2026, 4, 10), Date.UTC(2026, 4, 11)],
    ['time:today', Date.UTC(2026, 4, 10), Date.UTC(2026, 4, 11)],
    ['time:yesterday', Date.UTC(2026, 4, 9), Date.UTC(2026, 4, 10)],
    ['time:2026-05', Date.UTC(2026, 4, 1), Date.UTC(2026, 5, 1)],
    ['time:2026', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)],
    ['time:2026-05-10T12:30', NOW, NOW + 60_000],
    ['time:2026-05-10T14:30:00+02:00', NOW, NOW + 1000],
    ['time:-1h30m', NOW - 5_400_000, NOW + 1],
    ['time:-2d..-1d', NOW - 2 * 86_400_000, NOW - 86_400_000 + 1],
    ['time:2026-05-01..2026-05-03', Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 4)],
    ['time:>2026-05-09', Date.UTC(2026, 4, 10), Number.POSITIVE_INFINITY],
    ['time:>=2026-05-09', Date.UTC(2026, 4, 9), Number.POSITIVE_INFINITY],
    ['time:<2026-05-09', Number.NEGATIVE_INFINITY, Date.UTC(2026, 4, 9)],
    ['time:<=2026-05-09', Number.NEGATIVE_INFINITY, Date.UTC(2026, 4, 10)],
    ['recorded:now..', NOW, Number.POSITIVE_INFINITY],
  ])('%s', (query, from, until) => {
    expect(compiled(query)).toEqual({ kind: 'times', from, until });
  });

  test.each([
    ['type:mesage.received', 'There is no event type mesage.received. Did you mean message.received?'],
    ['type:nothing.*', 'There is no event type nothing.*.'],
    ['sev:fatal', 'There is no severity fatal. There are debug, info, warn, error.'],
    ['outcome:delivred', 'There is no outcome delivred. Did you mean delivered?'],
    ['time:tomorow', 'time expects a time: now, today, -1h, 2026-05-01, 2026-05-01T12:30 or milliseconds since 1970.'],
    ['time:2026-02-30', 'time expects a time: now, today, -1h, 2026-05-01, 2026-05-01T12:30 or milliseconds since 1970.'],
    ['time:now..-1h', 'The range ends before it begins.'],
    ['dur:fast', 'dur expects a duration such as 500ms, 2s or 1h30m.'],
    ['dur:5s..2s', 'The range ends before it begins.'],
    ['seq:1.5', 'seq expects a position: a whole number.'],
    ['data.txt:x', 'No event has data.txt. Did you mean text?'],
    ['data.tool.name:exec', 'No event has data.tool.name.'],
    ['has:cause', 'has cannot ask for cause.'],
    ['is:replay', 'Replays are not in the log: each has a report of its own.'],
    ['is:new', 'is cannot ask for new. It knows terminal, erased, retry.'],
    ['in:sesion/x', 'A place is written session/<id>, message/<id>, run/<id> or stream/<id>. Did you mean session?'],
    ['id:evt_1', 'The id of an event is written evt_ and 26 letters and digits.'],
    ['near:x', 'A neighbourhood is written position~reach, such as 1204331~50, with a reach up to 10000.'],
    ['agent:a..b', 'agent takes single values, no range.'],
    ['"--"', 'There is no letter or digit to look for here.'],
  ])('%s is refused', (query, problem) => {
    let thrown: unknown;
    try {
      compiled(query);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'QUERY_INVALID', details: { problem: expect.stringContaining(problem) } });
  });
});

test('a condition and its opposite part the events between them', () => {
  const clauses = fc.constantFrom(
    'type:message.*',
    'sev:warn',
    'seq:3..9',
    'seq:>8',
    'time:-90s..-30s',
    'time:>now',
    'channel:telegram',
    'dur:>2s',
    'has:error',
    'noon',
    'actor:user',
  );
  const some = fc
    .array(clauses, { minLength: 1, maxLength: 4 })
    .chain((parts) =>
      fc.constantFrom(parts.join(' '), parts.join(' OR '), `-(${parts.join(' ')})`, `${parts.join(' ')} OR -(${parts.join(' OR ')})`),
    );
  fc.assert(
    fc.property(some, (query) => {
      const condition = compiled(query);
      for (const event of Object.values(all)) expect(matches(negate(condition), event)).toBe(!matches(condition, event));
    }),
  );
});

test('the opposite of a stretch leaves no gap and shares nothing with it', () => {
  expect(compiled('-seq:3..9')).toEqual({
    kind: 'or',
    of: [
      { kind: 'positions', low: Number.NEGATIVE_INFINITY, high: 2 },
      { kind: 'positions', low: 10, high: Number.POSITIVE_INFINITY },
    ],
  });
  expect(compiled('-time:now')).toEqual({
    kind: 'or',
    of: [
      { kind: 'times', from: Number.NEGATIVE_INFINITY, until: NOW },
      { kind: 'times', from: NOW + 1, until: Number.POSITIVE_INFINITY },
    ],
  });
  expect(compiled('-time:>now')).toEqual({ kind: 'times', from: Number.NEGATIVE_INFINITY, until: NOW + 1 });
});

test('whatever is written is compiled or refused as a query', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('-1h', 'now', '2026-05-01', '1..2', '(a,b)', '>5', '~x*', '99999999999999999999', '9999-99', '-99999999999w'),
  );
  const name = fc.constantFrom(
    'type',
    'sev',
    'seq',
    'time',
    'dur',
    'tokens',
    'cost',
    'data.text',
    'data.x',
    'has',
    'is',
    'in',
    'near',
    'id',
    'agent',
    'outcome',
  );
  fc.assert(
    fc.property(name, fc.constantFrom(':', ':=', ':>', ':>=', ':<', ':<=', ':~'), value, (field, op, written) => {
      try {
        compiled(`${field}${op}${written}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'QUERY_INVALID' });
      }
    }),
    { numRuns: 3000 },
  );
});
