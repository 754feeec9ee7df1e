import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Places, readDispatch, readMessage } from './message.ts';
import { snowflakeAt, sortable } from './snowflake.ts';

const places: Places = { selfId: '9', threads: new Map([['30', '20']]), roleNames: new Map([['5', 'crew']]) };
const author = { id: '42', username: 'ada' };
const read = (message: object, name = 'MESSAGE_CREATE') =>
  readDispatch(name, { id: '100', channel_id: '20', guild_id: '1', author, content: 'hi', ...message }, places);

describe('A10 a message of Discord', () => {
  test('in a channel, a direct one and one in a thread know where they are', () => {
    expect(read({})).toMatchObject({
      inbound: { externalId: '100', sender: { id: '42', name: 'ada' }, peer: { kind: 'channel', id: '20' }, mentioned: false },
    });
    expect(read({ channel_id: '30' })).toMatchObject({
      inbound: { peer: { kind: 'thread', id: '30' }, parent: '20', parentKind: 'channel' },
    });
    const direct = read({ guild_id: undefined });
    expect(direct).toMatchObject({ inbound: { peer: { kind: 'direct', id: '20' } } });
    expect(direct.kind === 'message' && 'mentioned' in direct.inbound).toBe(false);
  });

  test('names its sender and what he is there', () => {
    expect(read({ member: { nick: 'Countess', roles: ['5', '6'] } })).toMatchObject({
      inbound: { sender: { name: 'Countess', roles: ['5', 'crew', '6'] } },
    });
  });

  test('speaks to the bot when it names it or answers it', () => {
    expect(read({ content: '<@9> hello <@42> <@&5> <:ok:77>', mentions: [{ id: '9' }, author] })).toMatchObject({
      inbound: { mentioned: true, text: 'hello @ada @crew :ok:' },
    });
    expect(read({ type: 19, referenced_message: { author: { id: '9' } } })).toMatchObject({ inbound: { mentioned: true } });
  });

  test.each([
    ['the bot itself', { author: { id: '9', bot: true } }],
    ['another program', { author: { id: '8', bot: true } }],
    ['a webhook', { webhook_id: '3' }],
    ['a note that somebody came', { type: 7 }],
    ['nothing', { content: '' }],
  ])('of %s is nothing to answer', (_, message) => {
    expect(read(message)).toEqual({ kind: 'skip' });
  });

  test('that is only a file, a command or no message is refused', () => {
    expect(read({ content: '', attachments: [{}] })).toMatchObject({ kind: 'refuse', error: { code: 'CHANNEL_BAD_UPDATE' } });
    expect(read({}, 'INTERACTION_CREATE')).toMatchObject({ kind: 'refuse' });
    expect(read({ id: 'x' })).toMatchObject({ kind: 'refuse' });
    expect(readDispatch('TYPING_START', {}, places)).toEqual({ kind: 'skip' });
  });

  test('that was edited or deleted names the message and its place', () => {
    expect(read({ edited_timestamp: 'now', content: 'new' }, 'MESSAGE_UPDATE')).toMatchObject({
      amendments: [{ kind: 'edited', externalId: '100', peer: { kind: 'channel', id: '20' }, text: 'new' }],
    });
    expect(read({}, 'MESSAGE_UPDATE')).toEqual({ kind: 'skip' });
    expect(read({ channel_id: '30' }, 'MESSAGE_DELETE')).toMatchObject({
      amendments: [{ kind: 'deleted', externalId: '100', peer: { kind: 'thread', id: '30' } }],
    });
    expect(readDispatch('MESSAGE_DELETE_BULK', { ids: ['1', '2'], channel_id: '20', guild_id: '1' }, places)).toMatchObject({
      amendments: [{ externalId: '1' }, { externalId: '2' }],
    });
  });
});

test('A10 no dispatch is more than a reading', () => {
  const name = fc.constantFrom('MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_DELETE', 'MESSAGE_DELETE_BULK', 'X');
  const fields = fc.dictionary(fc.constantFrom('id', 'channel_id', 'author', 'content', 'mentions', 'member', 'ids'), fc.anything());
  fc.assert(
    fc.property(name, fc.oneof(fc.anything(), fields), (dispatched, data) => {
      expect(['message', 'amendments', 'skip', 'refuse']).toContain(readDispatch(dispatched, data, places).kind);
      expect(['message', 'skip', 'refuse']).toContain(readMessage(data, places).kind);
    }),
  );
});

test('A10 ids begin with their time and sort by it', () => {
  expect(snowflakeAt(Date.parse('2016-04-30T11:18:25.796Z'))).toBe('175928847298985984');
  expect(snowflakeAt(0)).toBe('0');
  expect(['9', '10', '100'].toSorted((a, b) => (sortable(a) < sortable(b) ? -1 : 1))).toEqual(['9', '10', '100']);
});
