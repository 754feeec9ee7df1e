import { expect, test } from 'vitest';
import { splitText } from './split.ts';
import { destination, readUpdate, updateId } from './update.ts';

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

test('A10 an edited message is a message of its own, once per edit', () => {
  const edited = (editDate: number) =>
    readUpdate({ update_id: 2, edited_message: { message_id: 5, from, chat, text: 'hi!', edit_date: editDate } });
  expect(edited(100)).toMatchObject({ kind: 'message', inbound: { externalId: '7:5:edited:100' } });
  expect(edited(100)).toEqual(edited(100));
  expect(edited(101)).not.toEqual(edited(100));
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

const LIMIT = 20;
test.each([
  ['short', ['short']],
  ['  padded  ', ['padded']],
  ['', []],
  ['first paragraph\n\nsecond one', ['first paragraph', 'second one']],
  ['a line of text\nanother line', ['a line of text', 'another line']],
  ['One sentence. Another sentence.', ['One sentence.', 'Another sentence.']],
  ['some words without a stop', ['some words without a', 'stop']],
  ['x'.repeat(45), ['x'.repeat(20), 'x'.repeat(20), 'x'.repeat(5)]],
  ['a crumb\n\nand then a longer text', ['a crumb\n\nand then a', 'longer text']],
])('A6 %j is sent as %j', (text, parts) => {
  expect(splitText(text, LIMIT)).toEqual(parts);
});

test('A6 no part is too long, nothing but white space is lost, and no emoji is cut in two', () => {
  const text = `${'🙂'.repeat(3000)} ${'word '.repeat(2000)}`;
  const parts = splitText(text);
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(4096);
    expect(part.isWellFormed()).toBe(true);
  }
  expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
});
