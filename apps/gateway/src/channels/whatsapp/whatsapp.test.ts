import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphFailure } from './failure.ts';
import { readCall } from './update.ts';

const NUMBER = '106540352242922';
const call = (value: object, number = NUMBER) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata: { phone_number_id: number }, ...value } }],
    },
  ],
});
const contacts = [{ profile: { name: 'Ada' }, wa_id: '1650' }];
const message = (fields: object) => ({ contacts, messages: [{ id: 'wamid.1', from: '1650', timestamp: '1', ...fields }] });
const read = (value: object) => readCall(call(value), NUMBER);

test('A10 a text is a direct message of its number', () => {
  expect(read(message({ type: 'text', text: { body: 'hi' } }))).toEqual([
    {
      kind: 'message',
      inbound: { externalId: 'wamid.1', sender: { id: '1650', name: 'Ada' }, peer: { kind: 'direct', id: '1650' }, text: 'hi' },
    },
  ]);
});

test.each([
  ['a pressed button', { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'b', title: 'Yes' } } }, 'Yes'],
  ['a chosen row', { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'r', title: 'Blue' } } }, 'Blue'],
  ['a quick reply', { type: 'button', button: { payload: 'p', text: 'Stop' } }, 'Stop'],
  ['a picture with a caption', { type: 'image', image: { id: '1', caption: 'look' } }, 'look'],
])('A10 %s says what is written on it', (_, fields, text) => {
  expect(read(message(fields))).toMatchObject([{ kind: 'message', inbound: { text } }]);
});

test('A10 a message of a group is answered in the group', () => {
  expect(read(message({ type: 'text', text: { body: 'hi' }, group_id: 'g1' }))).toMatchObject([
    { inbound: { sender: { id: '1650' }, peer: { kind: 'group', id: 'g1' } } },
  ]);
});

test.each([
  ['a sticker', { type: 'sticker', sticker: { id: '1' } }],
  ['something that WhatsApp does not hand over', { type: 'unsupported', errors: [{ code: 131051 }] }],
  ['a kind that nobody knows yet', { type: 'hologram' }],
  ['a message without sender', { from: undefined, type: 'text', text: { body: 'hi' } }],
])('A1 %s is refused with a reason, and what is beside it is read', (_, fields) => {
  const { messages } = message(fields);
  const other = { id: 'wamid.2', from: '1651', type: 'text', text: { body: 'here' } };
  expect(read({ messages: [...messages, other] })).toMatchObject([
    { kind: 'refuse', error: { code: 'CHANNEL_BAD_UPDATE' } },
    { kind: 'message', inbound: { text: 'here' } },
  ]);
});

test('A1 a message for another number is refused and names it', () => {
  const [reading] = readCall(call(message({ type: 'text', text: { body: 'hi' } }), '999'), NUMBER);
  expect(reading).toMatchObject({ kind: 'refuse', error: { message: expect.stringContaining('999') } });
});

test('A10 reactions, system messages and changes of other fields are skipped', () => {
  expect(read(message({ type: 'reaction', reaction: { emoji: '👍' } }))).toEqual([]);
  expect(read(message({ type: 'system', system: { body: 'changed number' } }))).toEqual([]);
  expect(readCall({ entry: [{ changes: [{ field: 'account_update', value: {} }] }] }, NUMBER)).toEqual([]);
});

test('A6 statuses of replies are reports, those of other messages are not', () => {
  const status = (name: string, more: object = {}) => ({ id: 'wamid.9', status: name, biz_opaque_callback_data: 'dlv_1', ...more });
  const errors = [{ code: 131047, title: 'Re-engagement message' }];
  expect(
    read({ statuses: [status('sent'), status('read'), status('failed', { errors }), { id: 'wamid.8', status: 'sent' }] }),
  ).toMatchObject([
    { kind: 'report', deliveryId: 'dlv_1', status: 'sent' },
    { kind: 'report', status: 'read' },
    { kind: 'report', status: 'failed', error: { code: 'CHANNEL_WINDOW_CLOSED' } },
  ]);
});

test.each([
  ['a closed window', 400, 131047, 'CHANNEL_WINDOW_CLOSED', false],
  ['too many messages', 400, 130429, 'CHANNEL_RATE_LIMITED', true],
  ['too many to one person', 400, 131056, 'CHANNEL_RATE_LIMITED', true],
  ['an expired token', 401, 190, 'CHANNEL_UNAUTHORIZED', false],
  ['a missing permission', 403, 10, 'CHANNEL_FORBIDDEN', false],
  ['an outage', 500, 131016, 'CHANNEL_UNAVAILABLE', true],
  ['a number that has no WhatsApp', 400, 131026, 'CHANNEL_REFUSED', false],
] as const)('A6 %s (%i, %i) is %s', (_, status, code, expected, retryable) => {
  const error = graphFailure({ status, code, text: 'why' });
  expect(error).toMatchObject({ code: expected, retryable });
  if (expected === 'CHANNEL_RATE_LIMITED') expect(error.details?.['retryAfterMs']).toBeGreaterThan(0);
});

test('A1 whatever a call contains, it is read without a throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (message, status) => {
      const readings = [...readCall(message, NUMBER), ...read({ messages: [message], statuses: [status] })];
      for (const { kind } of readings) expect(['message', 'report', 'refuse']).toContain(kind);
    }),
  );
});
