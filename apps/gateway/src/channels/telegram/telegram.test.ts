import { expect, test } from 'vitest';
import { destination, messageIdIn, readUpdate as read, updateId } from './update.ts';

const bot = { id: 99, username: 'Our_bot' };
const readUpdate = (update: unknown) => read(update, bot);
const from = { id: 7, first_name: 'Ada', last_name: 'L' };
const chat = { id: 7, type: 'private' };
const message = (fields: object) => ({ update_id: 1, message: { message_id: 5, from, chat, ...fields } });

test('A10 a text in a private chat is a direct message', () => {
  expect(readUpdate(message({ text: 'hi' }))).toEqual({
    kind: 'message',
    inbound: { externalId: '7:5', sender: { id: '7', name: 'Ada L' }, peer: { kind: 'direct', id: '7' }, text: 'hi' },
    files: [],
  });
});

test('A10 a group is answered in the group and a forum topic in its topic', () => {
  const group = readUpdate(message({ chat: { id: -100, type: 'supergroup' }, text: 'hi' }));
  expect(group).toMatchObject({ inbound: { peer: { kind: 'group', id: '-100' }, sender: { id: '7' } } });
  const topic = readUpdate(message({ chat: { id: -100, type: 'supergroup' }, text: 'hi', is_topic_message: true, message_thread_id: 9 }));
  expect(topic).toMatchObject({ inbound: { peer: { kind: 'thread', id: '-100:9' } } });
  expect(destination({ kind: 'thread', id: '-100:9' })).toEqual({ chatId: '-100', threadId: 9 });
  expect(destination({ kind: 'group', id: '-100' })).toEqual({ chatId: '-100' });
});

test('A10 an edited message is a change of the message that it was', () => {
  const edited = { update_id: 2, edited_message: { message_id: 5, from, chat, text: 'hi!', edit_date: 100 } };
  expect(readUpdate(edited)).toEqual({
    kind: 'amendment',
    amendment: { kind: 'edited', externalId: '7:5', peer: { kind: 'direct', id: '7' }, text: 'hi!' },
  });
});

const group = { id: -100, type: 'supergroup', title: 'Everyone' };
const mention = (text: string, length: number) => ({ chat: group, text, entities: [{ type: 'mention', offset: 0, length }] });

test.each([
  ['its name', mention('@our_bot hi', 8), true],
  ['another name', mention('@other hi', 6), false],
  ['a name without a mark', { chat: group, text: '@our_bot hi' }, false],
  [
    'a mark that has no name',
    { chat: group, text: 'Bot!', entities: [{ type: 'text_mention', offset: 0, length: 3, user: { id: 99 } }] },
    true,
  ],
  ['a command by name', { chat: group, text: '/ask@Our_bot', entities: [{ type: 'bot_command', offset: 0, length: 12 }] }, true],
  ['a command to anybody', { chat: group, text: '/ask', entities: [{ type: 'bot_command', offset: 0, length: 4 }] }, false],
  ['an answer to what it said', { chat: group, text: 'no', reply_to_message: { message_id: 3, from: { id: 99 } } }, true],
  ['an answer to somebody else', { chat: group, text: 'no', reply_to_message: { message_id: 3, from: { id: 7 } } }, false],
  [
    'a name in a caption',
    { chat: group, caption: 'é @our_bot', caption_entities: [{ type: 'mention', offset: 2, length: 8 }], photo: [] },
    true,
  ],
])('A10 a message of a group with %s speaks to the bot or does not', (_, fields, mentioned) => {
  expect(readUpdate(message(fields))).toMatchObject({ kind: 'message', inbound: { mentioned } });
});

test('A10 a topic is a thread of its group', () => {
  const topic = readUpdate(message({ chat: group, text: 'hi', is_topic_message: true, message_thread_id: 9 }));
  expect(topic).toMatchObject({ inbound: { peer: { kind: 'thread', id: '-100:9' }, parent: '-100' } });
});

test('A10 a channel speaks for itself, and so does a group whose administrator stays unnamed', () => {
  const channel = { id: -200, type: 'channel', title: 'News' };
  const post = { message_id: 5, chat: channel, sender_chat: channel, text: 'news' };
  expect(readUpdate({ update_id: 1, channel_post: post })).toMatchObject({
    inbound: { externalId: '-200:5', sender: { id: '-200', name: 'News' }, peer: { kind: 'channel', id: '-200' } },
  });
  expect(readUpdate({ update_id: 1, edited_channel_post: post })).toMatchObject({
    amendment: { externalId: '-200:5', peer: { kind: 'channel', id: '-200' } },
  });
  const unnamed = message({ chat: group, sender_chat: group, from: { id: 1087968824, is_bot: true }, text: 'hi' });
  expect(readUpdate(unnamed)).toMatchObject({ inbound: { sender: { id: '-100', name: 'Everyone' } } });
});

test.each([
  ['7:5', 5],
  ['-100:12', 12],
  ['-100', undefined],
  ['5:x', undefined],
])('A6 the number of the message %s in its chat is %s', (externalId, id) => {
  expect(messageIdIn(externalId)).toBe(id);
});

test('A10 the caption of a picture is its text', () => {
  expect(readUpdate(message({ caption: 'look', photo: [] }))).toMatchObject({ kind: 'message', inbound: { text: 'look' } });
});

const held = (id: string, more: object = {}) => ({ file_id: id, file_unique_id: id, file_size: 10, ...more });

test.each([
  [
    'a picture in its largest form',
    { photo: [held('s', { width: 90, height: 90 }), held('l', { width: 900, height: 900 }), held('m', { width: 300, height: 300 })] },
    { id: 'l', name: 'photo.jpg', mimeType: 'image/jpeg', size: 10 },
  ],
  [
    'a document',
    { document: held('d', { file_name: 'a.pdf', mime_type: 'application/pdf' }) },
    { id: 'd', name: 'a.pdf', mimeType: 'application/pdf', size: 10 },
  ],
  ['a voice message', { voice: held('v', { duration: 3 }) }, { id: 'v', name: 'voice.ogg', mimeType: 'audio/ogg', size: 10 }],
  ['a video', { video: held('w', { width: 1, height: 1 }) }, { id: 'w', name: 'video.mp4', mimeType: 'video/mp4', size: 10 }],
  ['a sticker', { sticker: held('k') }, { id: 'k', name: 'sticker', size: 10 }],
  ['an animation, once', { animation: held('g'), document: held('g') }, { id: 'g', name: 'animation.mp4', size: 10 }],
])('A10 %s comes in without a text', (_, content, file) => {
  expect(readUpdate(message(content))).toMatchObject({ kind: 'message', inbound: { text: '' }, files: [file] });
});

test.each([
  ['an unknown kind of update', { update_id: 1, poll_answer: {} }],
  ['a message of a bot', message({ from: { ...from, is_bot: true }, text: 'beep' })],
  ['a member that joined', message({ new_chat_members: [from] })],
  [
    'a post that the group has from its channel',
    message({ chat: group, sender_chat: { id: -200, type: 'channel' }, is_automatic_forward: true, text: 'news' }),
  ],
  ['a message without sender', { update_id: 1, message: { message_id: 5, chat, text: 'hi' } }],
  ['an edited picture', { update_id: 1, edited_message: { message_id: 5, from, chat, photo: [] } }],
])('A10 %s is skipped', (_, update) => {
  expect(readUpdate(update)).toEqual({ kind: 'skip' });
});

test.each([
  ['a voice message without its file', message({ voice: {} })],
  ['a place', message({ location: {} })],
  ['a message without chat', { update_id: 1, message: { message_id: 5, text: 'hi' } }],
  ['a text that is a number', message({ text: 5 })],
  ['nothing', null],
  ['words', 'update'],
])('A1 %s is refused with a reason', (_, update) => {
  expect(readUpdate(update)).toMatchObject({ kind: 'refuse', error: { code: 'CHANNEL_BAD_UPDATE' } });
});

test.each([[null], [undefined], [{}], [{ update_id: '5' }], [{ update_id: 1.5 }]])('A10 %j has no update id', (update) => {
  expect(updateId(update)).toBeUndefined();
});
