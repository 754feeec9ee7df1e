import { GatewayError } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Submission } from '../parts.ts';
import { consoleKey, ownKey, ownPrefixes, ownSubmission, ownsKey, ownsMessage } from './ownership.ts';

const as = (id: string) => ({ actor: { type: 'user', id } }) as const;
const alice = as('usr_alice');

describe('the key of an own conversation', () => {
  it('has its own beginning, also under an agent, and stays what it is when it has it', () => {
    expect(ownKey(alice, 'work')).toBe('user:usr_alice:work');
    expect(ownKey(alice, 'agent:main:work')).toBe('agent:main:user:usr_alice:work');
    expect(ownKey(alice, 'agent:main:user:usr_alice:work')).toBe('agent:main:user:usr_alice:work');
    expect(ownKey(alice, 'web:usr_alice:chat')).toBe('web:usr_alice:chat');
    expect(ownKey(alice, ': ')).toBe('user:usr_alice:: ');
    expect(ownsKey(alice, 'user:usr_alice:: ')).toBe(true);
    expect(consoleKey(alice, 'chat')).toBe('web:usr_alice:chat');
  });

  it.each([
    'user:usr_bob:work',
    'agent:main:user:usr_bob:work',
    'web:usr_bob:chat',
    'agent:main:main',
    'user:usr_alice',
    'agent:a:agent:b:user:usr_alice:x',
  ])('is not %s, which leads to one of its own instead', (key) => {
    expect(ownsKey(alice, key)).toBe(false);
    expect(ownsKey(alice, ownKey(alice, key))).toBe(true);
  });

  it('that gets too long for an event is refused', () => {
    expect(() => ownKey(alice, 'x'.repeat(512))).toThrow(GatewayError);
  });

  it('is nobody else’s, whatever two callers are called and whatever they ask for', () => {
    const name = fc
      .oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.constantFrom('a', 'a:b', 'usr_alice', 'web', 'user:a'))
      .filter((id) => id.isWellFormed());
    const key = fc.oneof(
      fc.string({ minLength: 1, maxLength: 60 }),
      fc
        .tuple(fc.constantFrom('', 'agent:main:'), fc.constantFrom('user', 'web'), name, fc.string({ maxLength: 5 }))
        .map(([agent, space, id, rest]) => `${agent}${space}:${id}:${rest}`),
    );
    fc.assert(
      fc.property(name, name, key, (first, second, wanted) => {
        fc.pre(first !== second);
        const own = ownKey(as(first), wanted);
        expect(ownsKey(as(first), own)).toBe(true);
        expect(ownsKey(as(second), own)).toBe(false);
      }),
    );
  });

  it('is found by the beginnings of the own conversations, and by those of nobody else', () => {
    const canonical = (caller: ReturnType<typeof as>, key: string) => `agent:main:${ownKey(caller, key)}`;
    const isFound = (key: string) => ownPrefixes(alice, ['main', 'help']).some((prefix) => key.startsWith(prefix));
    expect([canonical(alice, 'work'), 'agent:help:web:usr_alice:c'].map(isFound)).toEqual([true, true]);
    expect([canonical(as('usr_alice2'), 'work'), 'agent:main:main', 'agent:main:direct:usr_alice'].map(isFound)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

it('a message of somebody who writes for himself only is his, whatever it says', () => {
  const submission: Submission = {
    channel: 'http',
    account: 'default',
    caller: { method: 'token', actor: { type: 'user', id: 'usr_alice' } },
    sessionKey: 'user:usr_bob:work',
    inbound: { sender: { id: 'bob' }, peer: { kind: 'group', id: 'team' }, text: 'hi', externalId: 'key-1' },
  };
  expect(ownSubmission(submission, alice)).toEqual({
    ...submission,
    sessionKey: 'user:usr_alice:user:usr_bob:work',
    inbound: {
      sender: { id: 'usr_alice', name: 'bob' },
      peer: { kind: 'direct', id: 'usr_alice' },
      text: 'hi',
      externalId: 'usr_alice:key-1',
    },
  });
  const { sessionKey: _, ...without } = submission;
  expect(ownSubmission(without, alice).sessionKey).toBe('user:usr_alice:http:bob');
});

it('whether a message is the own one is asked in as many steps for others’ and for none', async () => {
  const asked: string[] = [];
  const views = {
    session: async (id: string) => {
      asked.push(id);
      return id === 'ses_1'
        ? { sessionKey: 'agent:main:user:usr_alice:work' }
        : id === 'ses_2'
          ? { sessionKey: 'agent:main:main' }
          : undefined;
    },
  };
  const owns = (message: Parameters<typeof ownsMessage>[2]) => ownsMessage(views, alice, message);
  expect(await owns({ sessionId: 'ses_1', senderId: 'x' })).toBe(true);
  expect(await owns({ sessionId: 'ses_2', senderId: 'usr_alice' })).toBe(false);
  expect(await owns({ senderId: 'usr_alice' })).toBe(true);
  expect(await owns({ senderId: 'usr_bob' })).toBe(false);
  expect(await owns(undefined)).toBe(false);
  expect(asked).toHaveLength(5);
});
