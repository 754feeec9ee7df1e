import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination, plainText, readEvent, type Self } from './event.ts';

const self: Self = { userId: 'UBOT', botId: 'BBOT', name: 'claw' };
const read = (event: object) => readEvent({ type: 'event_callback', event: { type: 'message', channel: 'C1', ts: '1.5', ...event } }, self);

describe('A10 a message of Slack', () => {
  test('in a channel, a direct one and one in a thread know where they are', () => {
    const peerOf = (event: object) => {
      const reading = read({ user: 'U1', text: 'hi', ...event });
      return reading.kind === 'message' ? reading.inbound : reading;
    };
    expect(peerOf({})).toMatchObject({ externalId: 'C1:1.5', sender: { id: 'U1' }, peer: { kind: 'channel', id: 'C1' }, mentioned: false });
    expect(peerOf({ channel: 'G1' })).toMatchObject({ peer: { kind: 'group', id: 'G1' } });
    expect(peerOf({ channel: 'D1' })).toMatchObject({ peer: { kind: 'direct', id: 'D1' } });
    expect(peerOf({ channel: 'D1' })).not.toHaveProperty('mentioned');
    expect(peerOf({ thread_ts: '1.0' })).toMatchObject({ peer: { kind: 'thread', id: 'C1:1.0' }, parent: 'C1', parentKind: 'channel' });
    expect(peerOf({ thread_ts: '1.5' })).toMatchObject({ peer: { kind: 'channel', id: 'C1' } });
    const begun = { peer: { kind: 'thread', id: 'C1:1.5' }, parent: 'C1', parentKind: 'channel', externalId: 'C1:1.5', mentioned: true };
    expect(peerOf({ text: 'hi <@UBOT>' })).toMatchObject(begun);
    expect(peerOf({ text: 'hi <@UBOT>', thread_ts: '1.5' })).toMatchObject(begun);
    expect(peerOf({ channel: 'D1', text: 'hi <@UBOT>' })).toMatchObject({ peer: { kind: 'direct', id: 'D1' } });
    expect(peerOf({ channel: 'D1', thread_ts: '1.0' })).toMatchObject({ peer: { kind: 'direct', id: 'D1:1.0' } });
    expect(destination({ kind: 'thread', id: 'C1:1.0' })).toEqual({ channel: 'C1', threadTs: '1.0' });
  });

  test('speaks to the bot when it names it or answers in its thread', () => {
    expect(read({ user: 'U1', text: '<@UBOT> hello' })).toMatchObject({ inbound: { mentioned: true, text: 'hello' } });
    expect(read({ type: 'app_mention', user: 'U1', text: '<@UBOT|claw>: hello' })).toMatchObject({
      inbound: { mentioned: true, text: 'hello' },
    });
    expect(read({ user: 'U1', text: 'and?', thread_ts: '1.0', parent_user_id: 'UBOT' })).toMatchObject({ inbound: { mentioned: true } });
    expect(read({ user: 'U1', text: '<@UBOT>' })).toMatchObject({ inbound: { text: '@claw' } });
  });

  test.each([
    ['the bot itself', { user: 'UBOT', text: 'x' }],
    ['another program', { user: 'U2', bot_id: 'B2', text: 'x' }],
    ['a note that somebody came', { user: 'U1', subtype: 'channel_join', text: 'x' }],
    ['nothing', { user: 'U1', text: ' ' }],
    [
      'the preview of a link',
      { subtype: 'message_changed', message: { user: 'U1', ts: '1.0', text: 'a' }, previous_message: { text: 'a' } },
    ],
    ['a reaction', { type: 'reaction_added', user: 'U1' }],
  ])('of %s is nothing to answer', (_, event) => {
    expect(read(event)).toEqual({ kind: 'skip' });
  });

  test('that is only a file, or is no message, is refused', () => {
    expect(read({ user: 'U1', subtype: 'file_share', text: '', files: [{}] })).toMatchObject({
      kind: 'refuse',
      error: { code: 'CHANNEL_BAD_UPDATE' },
    });
    expect(read({ user: 'U1', ts: 'now' })).toMatchObject({ kind: 'refuse' });
    for (const payload of [undefined, 1, {}, { event: {} }]) expect(readEvent(payload, self)).toMatchObject({ kind: 'refuse' });
  });

  test('that was edited or deleted names the message and its place', () => {
    const was = { user: 'U1', ts: '1.0', text: 'a', thread_ts: '0.5' };
    const now = { ...was, text: 'b &amp; c', edited: { ts: '2.0' } };
    expect(read({ subtype: 'message_changed', message: now, previous_message: was })).toMatchObject({
      kind: 'amendment',
      amendment: { kind: 'edited', externalId: 'C1:1.0', peer: { kind: 'thread', id: 'C1:0.5' }, text: 'b & c' },
    });
    expect(read({ subtype: 'message_deleted', deleted_ts: '1.0', previous_message: was })).toMatchObject({
      amendment: { kind: 'deleted', externalId: 'C1:1.0', peer: { kind: 'thread', id: 'C1:0.5' } },
    });
    const named = { user: 'U1', ts: '1.0', text: '<@UBOT> a' };
    const peer = { kind: 'thread', id: 'C1:1.0' };
    const edited = { ...named, text: 'b', edited: { ts: '2.0' } };
    expect(read({ subtype: 'message_changed', message: edited, previous_message: named })).toMatchObject({ amendment: { peer } });
    expect(read({ subtype: 'message_deleted', deleted_ts: '1.0', previous_message: named })).toMatchObject({ amendment: { peer } });
    expect(read({ subtype: 'message_deleted', deleted_ts: '1.0', previous_message: { ...was, bot_id: 'BBOT' } })).toEqual({ kind: 'skip' });
  });
});

test('A10 the markup of Slack becomes text', () => {
  const text =
    '<@U1|ada> in <#C1|general>: <https://e.org/?a=1&amp;b=2|see> <https://e.org> <mailto:a@e.org|a@e.org> <!here> &lt;b&gt; <!subteam^S1|@ops>';
  expect(plainText(text, self)).toBe(
    '@ada in #general: see (https://e.org/?a=1&b=2) https://e.org a@e.org (mailto:a@e.org) @here <b> @ops',
  );
});

test('A10 no event is more than a reading', () => {
  fc.assert(
    fc.property(
      fc.anything(),
      fc.dictionary(fc.constantFrom('text', 'ts', 'user', 'channel', 'subtype', 'message', 'thread_ts'), fc.anything()),
      (payload, event) => {
        for (const candidate of [payload, { event: { type: 'message', ...event } }]) {
          expect(['message', 'amendment', 'skip', 'refuse']).toContain(readEvent(candidate, self).kind);
        }
      },
    ),
  );
});
