import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphFailure } from './failure.ts';
import { inPlaceOf, sendableAs } from './files.ts';
import { readCall } from './update.ts';

const NUMBER = '106540352242922';
const SELF = { phoneNumberId: NUMBER, name: 'Acme Shop' };
const call = (value: object, number = NUMBER) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { phone_number_id: number, display_phone_number: '+1 555-078-3881' },
            ...value,
          },
        },
      ],
    },
  ],
});
const contacts = [{ profile: { name: 'Ada' }, wa_id: '1650' }];
const message = (fields: object) => ({ contacts, messages: [{ id: 'wamid.1', from: '1650', timestamp: '1', ...fields }] });
const read = (value: object) => readCall(call(value), SELF);

test('A10 a text is a direct message of its number', () => {
  expect(read(message({ type: 'text', text: { body: 'hi' } }))).toEqual([
    {
      kind: 'message',
      inbound: { externalId: 'wamid.1', sender: { id: '1650', name: 'Ada' }, peer: { kind: 'direct', id: '1650' }, text: 'hi' },
      files: [],
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
  ['text among others', { text: { body: 'hi' } }, false],
  ['the number', { text: { body: 'hi @15550783881' } }, true],
  ['the name', { text: { body: '@acme shop, hi' } }, true],
  ['an answer to what the number said', { text: { body: 'yes' }, context: { from: '15550783881', id: 'wamid.0' } }, true],
  ['an answer to somebody else', { text: { body: 'yes' }, context: { from: '1651', id: 'wamid.0' } }, false],
  ['a picture whose caption names it', { text: undefined, type: 'image', image: { id: '1', caption: '@15550783881 look' } }, true],
])('A2 in a group %s speaks to the agent: %j is %s', (_, fields, mentioned) => {
  expect(read(message({ type: 'text', group_id: 'g1', ...fields }))).toMatchObject([{ inbound: { mentioned } }]);
});

test('A10 somebody who hides the number is known by the id that Meta gives', () => {
  const hidden = {
    contacts: [{ profile: { name: 'Bo' }, user_id: 'US.134' }],
    messages: [{ id: 'w', from_user_id: 'US.134', type: 'text', text: { body: 'hi' } }],
  };
  expect(read(hidden)).toMatchObject([{ inbound: { sender: { id: 'US.134', name: 'Bo' }, peer: { kind: 'direct', id: 'US.134' } } }]);
});

test.each([
  ['a picture', { type: 'image', image: { id: '7', mime_type: 'image/jpeg' } }, { id: '7', name: 'photo.jpg', mimeType: 'image/jpeg' }],
  [
    'a voice message',
    { type: 'audio', audio: { id: '7', mime_type: 'audio/ogg; codecs=opus', voice: true } },
    { id: '7', name: 'audio.ogg', mimeType: 'audio/ogg' },
  ],
  ['a video', { type: 'video', video: { id: '7', mime_type: 'video/mp4' } }, { id: '7', name: 'video.mp4', mimeType: 'video/mp4' }],
  [
    'a document',
    { type: 'document', document: { id: '7', filename: 'a b.pdf', mime_type: 'application/pdf' } },
    { id: '7', name: 'a b.pdf', mimeType: 'application/pdf' },
  ],
  [
    'a sticker',
    { type: 'sticker', sticker: { id: '7', mime_type: 'image/webp' } },
    { id: '7', name: 'sticker.webp', mimeType: 'image/webp' },
  ],
])('A10 %s comes in without a text', (_, fields, file) => {
  expect(read(message(fields))).toMatchObject([{ kind: 'message', inbound: { text: '' }, files: [file] }]);
});

test('A10 an edit changes the text or the caption of the message it names, a deletion takes it back', () => {
  const edit = (now: object) => message({ id: 'wamid.2', type: 'edit', edit: { original_message_id: 'wamid.1', message: now } });
  const peer = { kind: 'direct', id: '1650' };
  const edited = (text: string) => [{ kind: 'amendment', amendment: { kind: 'edited', externalId: 'wamid.1', peer, text } }];
  expect(read(edit({ type: 'text', text: { body: 'better' } }))).toEqual(edited('better'));
  expect(read(edit({ type: 'image', image: { id: '7', caption: 'look there' } }))).toEqual(edited('look there'));
  expect(read(edit({ type: 'image', image: { id: '7' } }))).toMatchObject([{ kind: 'refuse' }]);
  const revoke = { id: 'wamid.3', type: 'revoke', revoke: { original_message_id: 'wamid.1' } };
  expect(read(message(revoke))).toEqual([{ kind: 'amendment', amendment: { kind: 'deleted', externalId: 'wamid.1', peer } }]);
});

const MB = 1024 * 1024;
test.each([
  ['image/png', 5 * MB, 'image'],
  ['image/png', 5 * MB + 1, undefined],
  ['image/webp', 1000, undefined],
  ['video/mp4', 16 * MB, 'video'],
  ['audio/mpeg', 16 * MB + 1, undefined],
  ['audio/ogg', 1000, 'audio'],
  ['application/pdf', 100 * MB, 'document'],
  ['text/csv', 1000, 'document'],
  ['application/json', 1000, 'document'],
  ['application/zip', 1000, undefined],
  ['text/plain', 0, undefined],
] as const)('A6 a file of the type %s with %i bytes goes out as %s', (mimeType, size, type) => {
  const file = { name: 'a', mimeType, size, bytes: async () => new Uint8Array(0) };
  expect(sendableAs(file)?.type).toBe(type);
  expect(inPlaceOf({ ...file, name: 'big.zip', size: 3 * MB })).toContain('big.zip, 3.0 MB');
});

test.each([
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
  const [reading] = readCall(call(message({ type: 'text', text: { body: 'hi' } }), '999'), SELF);
  expect(reading).toMatchObject({ kind: 'refuse', error: { message: expect.stringContaining('999') } });
});

test('A10 reactions, system messages and changes of other fields are skipped', () => {
  expect(read(message({ type: 'reaction', reaction: { emoji: '👍' } }))).toEqual([]);
  expect(read(message({ type: 'system', system: { body: 'changed number' } }))).toEqual([]);
  expect(readCall({ entry: [{ changes: [{ field: 'account_update', value: {} }] }] }, SELF)).toEqual([]);
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

test('A6 a failed status names the message and its part, what WhatsApp says, and what to do', () => {
  const errors = [{ code: 131026, title: 'Message undeliverable', message: 'Message undeliverable', error_data: { details: 'Not on it' } }];
  const failed = { id: 'wamid.9', status: 'failed', biz_opaque_callback_data: 'dlv_1:msg_1:part', errors };
  const [report] = read({ statuses: [failed] });
  expect(report).toMatchObject({
    deliveryId: 'dlv_1',
    messageId: 'msg_1',
    isPart: true,
    error: { code: 'CHANNEL_REFUSED', retryable: false },
  });
  expect(report?.kind === 'report' ? report.error?.message : '').toMatch(
    /^WhatsApp could not deliver it, code 131026: Message undeliverable\. Not on it\. The number may not be on WhatsApp/,
  );
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
      const readings = [...readCall(message, SELF), ...read({ messages: [message], statuses: [status] })];
      for (const { kind } of readings) expect(['message', 'amendment', 'report', 'refuse']).toContain(kind);
    }),
  );
});
