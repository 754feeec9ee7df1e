import { describe, expect, test } from 'vitest';
import { readDocument } from './configs.ts';
import { decide, replayDecisions } from './decisions.ts';
import type { ConfigDocument, RecordedDecision } from './job.ts';

const OLD: ConfigDocument = {
  agents: { entries: { main: {}, helper: { model: 'echo/two' } } },
  channels: { telegram: { botToken: '***', dmPolicy: 'allowlist', allowFrom: ['1', '2'] } },
};
const HASH = 'c0ffee00';

let position = 10;
/** A message as the old configuration decided about it. */
function message(senderId: string, over: Partial<RecordedDecision> = {}): RecordedDecision {
  position += 10;
  const bare = {
    position,
    time: position,
    messageId: `msg_${position}`,
    channel: 'telegram',
    account: 'default',
    senderId,
    peer: { kind: 'direct', id: senderId },
    method: 'channel',
    configHash: HASH,
    outcome: { allowed: false, rule: '', reason: '' },
    ...over,
  } as const;
  return { ...bare, outcome: over.outcome ?? decide(bare, readDocument(OLD)) };
}

const replay = (candidate: ConfigDocument, ...messages: readonly RecordedDecision[]) =>
  replayDecisions({ messages, configs: [{ position: 1, hash: HASH, document: OLD }], candidate });

describe('B16 decisions replayed', () => {
  test('B16 under their own configuration nothing is otherwise', () => {
    const report = replay(OLD, message('1'), message('9'), message('3', { method: 'token', channel: 'http' }));
    expect(report).toMatchObject({ counts: { identical: 3 }, changes: [], unfaithful: [], withoutConfig: 0 });
  });

  test('B16 what would be let in comes first, then what would be shut out, then what would go elsewhere', () => {
    const candidate = {
      agents: { entries: { main: {}, helper: {} } },
      bindings: [{ agentId: 'helper', match: { peer: { id: '2' } } }],
      channels: { telegram: { botToken: '***', dmPolicy: 'allowlist', allowFrom: ['2', '9'] } },
    };
    const { changes, counts } = replay(candidate, message('2'), message('1'), message('9'));
    expect(changes.map(({ verdict }) => verdict)).toEqual(['looser', 'stricter', 'route changed']);
    expect(counts).toEqual({ identical: 0, looser: 1, stricter: 1, 'route changed': 1 });
    expect(changes[0]).toMatchObject({
      before: { allowed: false, rule: 'channels.telegram.allowFrom', reason: expect.stringContaining('does not list the sender') },
      after: { allowed: true, rule: 'channels.telegram.allowFrom', reason: expect.stringContaining('lists the sender') },
    });
    expect(changes[2]).toMatchObject({
      before: { route: { agentId: 'main' } },
      after: { route: { agentId: 'helper', rule: 'bindings[0]' } },
    });
  });

  test('B16 another model for the same agent is another route', () => {
    const candidate = { ...OLD, agents: { entries: { main: { model: 'echo/three' }, helper: {} } } };
    expect(replay(candidate, message('1')).counts).toMatchObject({ 'route changed': 1 });
  });

  test('B16 a conversation that was given to another agent stays with it', () => {
    const given = message('1', { historyAgentId: 'helper' });
    expect(given.outcome.route).toMatchObject({ agentId: 'helper', rule: 'session.history' });
    expect(replay(OLD, given).counts).toMatchObject({ identical: 1 });
  });

  test('B16 a recording that its own configuration does not give is shown, and nothing is said of it', () => {
    const forged = message('1', { outcome: { allowed: false, rule: 'channels.telegram.allowFrom', reason: 'no' } });
    const report = replay({}, forged);
    expect(report.unfaithful).toMatchObject([{ position: forged.position, recorded: { allowed: false }, replayed: { allowed: true } }]);
    expect(report.changes).toEqual([]);
  });

  test('B16 a message whose configuration is not in the log is compared with what was recorded', () => {
    const { withoutConfig, changes } = replay(
      OLD,
      message('9', {
        configHash: 'deadbeef',
        outcome: { allowed: true, rule: 'x', reason: 'y', route: { agentId: 'main', rule: 'z', model: 'echo/echo' } },
      }),
    );
    expect(withoutConfig).toBe(1);
    expect(changes).toMatchObject([{ verdict: 'stricter' }]);
  });
});
