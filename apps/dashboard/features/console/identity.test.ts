import { expect, it } from 'vitest';
import { EMPTY_IDENTITY, identityIn, toImagined } from './identity.ts';

it('asks with what was written and nothing else', () => {
  expect(toImagined({ ...EMPTY_IDENTITY, text: 'hi' })).toEqual({ channel: 'http', account: 'default', from: 'anna', text: 'hi' });
  expect(toImagined({ ...EMPTY_IDENTITY, group: 'g', roles: 'a, ,b', mentioned: 'yes' })).toMatchObject({
    group: 'g',
    roles: ['a', 'b'],
    mentioned: true,
  });
});

it('takes over who wrote in a message that came in, and in nothing else', () => {
  const data = {
    channel: 'slack',
    account: 'main',
    sender: { id: 'U1', roles: ['crew'] },
    peer: { kind: 'thread', id: 't' },
    parent: 'c',
    text: 'x',
  };
  expect(identityIn({ type: 'message.received', data })).toEqual({
    channel: 'slack',
    account: 'main',
    from: 'U1',
    group: 'c',
    thread: 't',
    roles: 'crew',
    mentioned: '',
    text: 'x',
  });
  expect(identityIn({ type: 'run.started', data })).toBeUndefined();
  expect(identityIn({ type: 'message.received', data: null })).toBeUndefined();
});
