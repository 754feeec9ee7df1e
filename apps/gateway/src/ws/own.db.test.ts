import { expect, test } from 'vitest';
import type { Caller } from '../access/index.ts';
import { ServedDoor } from './testing/served-door.ts';

const user = (id: string): Caller => ({ method: 'token', actor: { type: 'user', id }, roles: ['user'] });

async function open(config: object = {}) {
  const served = await ServedDoor.start({ config });
  served.access.callers.set('alice', user('usr_alice'));
  served.access.callers.set('bob', user('usr_bob'));
  return { served, join: (token: string) => served.join({ auth: { token } }) };
}

test('T17 C4 a user is told of the own conversations only, and is in a conversation of the own whatever key he names', async () => {
  const { served, join } = await open();
  await using _ = served;
  const [alice, bob, admin] = [await join('alice'), await join('bob'), await served.join()];
  expect(alice.hello.payload).toMatchObject({
    auth: { role: 'operator', scopes: ['operator.read', 'operator.write', 'operator.questions', 'operator.talk'] },
    snapshot: { sessionDefaults: { mainSessionKey: 'agent:main:user:usr_alice:main' } },
  });
  expect(alice.hello.payload.snapshot.presence).toHaveLength(1);

  // The same key and the same name of a request: two conversations, two runs.
  for (const client of [alice, bob]) {
    const sent = await client.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'run-1' });
    expect(sent.payload).toMatchObject({ runId: 'run-1', status: 'started' });
  }
  const { runs } = served.gateway;
  expect(runs.map(({ submission }) => [submission.sessionKey, submission.inbound.sender.id])).toEqual([
    ['agent:main:user:usr_alice:main', 'usr_alice'],
    ['agent:main:user:usr_bob:main', 'usr_bob'],
  ]);
  served.gateway.answer(served.gateway.run(0), ['for ', 'alice']);
  served.gateway.answer(served.gateway.run(1), ['for bob']);
  const isEnd = ({ state }: Record<string, unknown>) => state === 'final';
  await bob.event('chat', isEnd);
  await alice.event('chat', isEnd);
  await admin.event('chat', (payload) => isEnd(payload) && payload['sessionKey'] === 'agent:main:user:usr_bob:main');
  const told = (client: typeof alice) => new Set(client.events.flatMap(({ payload }) => payload['sessionKey'] ?? []));
  expect(told(alice)).toEqual(new Set(['agent:main:user:usr_alice:main']));
  expect(told(bob)).toEqual(new Set(['agent:main:user:usr_bob:main']));
  expect(told(admin).size).toBe(2);

  const waited = await bob.request('agent.wait', { runId: 'run-1', timeoutMs: 1000 });
  expect(waited.payload).toMatchObject({ status: 'ok' });
  const others = await bob.request('agent.wait', { runId: runs[0]?.progress.messageId ?? '', timeoutMs: 0 });
  const nobodys = await bob.request('agent.wait', { runId: 'msg_nothing', timeoutMs: 0 });
  expect(others.error?.code).toBe('AGENT_RESULT_NOT_FOUND');
  expect(nobodys.error?.code).toBe('AGENT_RESULT_NOT_FOUND');
});

test('D gateway.auth.acl.rules keep a client out whose role may not connect', async () => {
  const { served } = await open({ gateway: { auth: { acl: { rules: [{ path: '/ws', allow: ['admin'] }] } } } });
  await using _ = served;
  const client = await served.dial();
  const answer = await client.rawRequest('connect', {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: 'test', version: '1.0.0', platform: 'linux', mode: 'test' },
    auth: { token: 'alice' },
  });
  expect(answer.error).toMatchObject({ code: 'FORBIDDEN', details: { rule: 'gateway.auth.acl.rules[0]' } });
  expect((await client.closed).code).toBe(1008);
  expect((await served.join()).hello.ok).toBe(true);
});

test('a client whose roles become others is sent away, to come back with the scopes that fit', async () => {
  const served = await ServedDoor.start({ timing: { pingMs: 20 } });
  await using _ = served;
  served.access.callers.set('carol', { ...user('usr_carol'), roles: ['operator'] });
  const carol = await served.join({ auth: { token: 'carol' } });
  served.access.callers.set('carol', { ...user('usr_carol'), roles: ['viewer'] });
  expect((await carol.closed).code).toBe(1008);
});
