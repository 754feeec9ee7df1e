/** Files on their way to the providers, as these are asked over the wire. */
import { createHash } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelAttachment, ModelDefinition, ModelMessage } from '@openclaw-gateway/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { startAnthropic } from '../../../../e2e/stand-ins/anthropic.ts';
import type { ModelServer } from '../../../../e2e/stand-ins/model-server.ts';
import { startOpenAi } from '../../../../e2e/stand-ins/openai.ts';
import anthropicMessages from './anthropic-messages/index.ts';
import { ANTHROPIC_MEDIA, mediaOf } from './media.ts';
import openAiCompletions from './openai-completions/index.ts';
import openAiResponses from './openai-responses/index.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const store = new Map<string, Uint8Array>();
const read = async ({ hash = '' }: ModelAttachment) => {
  const bytes = store.get(hash);
  if (!bytes) throw new GatewayError('ATTACHMENT_GONE');
  return bytes;
};

function kept(name: string, mimeType: string, content: string | Uint8Array): ModelAttachment {
  const bytes = Buffer.from(content);
  const hash = createHash('sha256').update(bytes).digest('hex');
  store.set(hash, bytes);
  return { name, mimeType, size: bytes.length, hash };
}

const user = (text: string, ...attachments: readonly ModelAttachment[]): ModelMessage => ({ role: 'user', text, attachments });

async function asked(
  definition: ModelDefinition,
  start: () => Promise<ModelServer>,
  ...messages: readonly ModelMessage[]
): Promise<string> {
  const server = await start();
  onTestFinished(() => server.close());
  const provider = definition.create(definition.config.parse({ baseUrl: server.url, apiKey: 'sk-test-0123456789' }), 'stand-in');
  const request = { model: 'm', messages, tools: [] };
  for await (const _ of provider.stream(request, new AbortController().signal, { readAttachment: read }));
  return server.requests.at(-1)?.body ?? '';
}

test.each([
  [
    'anthropic-messages',
    anthropicMessages,
    startAnthropic,
    `"source":{"type":"base64","media_type":"image/png","data":"${PNG.toString('base64')}"}`,
  ],
  ['openai-completions', openAiCompletions, startOpenAi, `"image_url":{"url":"data:image/png;base64,${PNG.toString('base64')}"`],
  ['openai-responses', openAiResponses, startOpenAi, `"image_url":"data:image/png;base64,${PNG.toString('base64')}"`],
] as const)('A5 %s gets a picture as a picture, a text as text, and of any other file the name', async (_, definition, start, picture) => {
  const body = await asked(
    definition as ModelDefinition,
    start,
    user(
      'what is this?',
      kept('me.png', 'image/png', PNG),
      kept('n.txt', 'text/plain', 'the note'),
      kept('a.zip', 'application/zip', 'PK'),
    ),
  );
  expect(body).toContain(picture);
  expect(body).toContain(String.raw`[file \"n.txt\", text/plain, 8 bytes]\nthe note\n[end of the file]`);
  expect(body).toContain(String.raw`[file \"a.zip\", application/zip, 2 bytes]`);
  expect(body).toContain('what is this?');
});

test.each([
  ['anthropic-messages', anthropicMessages, startAnthropic],
  ['openai-completions', openAiCompletions, startOpenAi],
  ['openai-responses', openAiResponses, startOpenAi],
] as const)('A5 %s is asked about a file without words, and about one that is gone', async (_, definition, start) => {
  const gone = { name: 'gone.png', mimeType: 'image/png', size: 9, hash: 'f'.repeat(64) };
  const failed = { name: 'big.mov', mimeType: 'video/quicktime', size: 0 };
  const body = await asked(definition as ModelDefinition, start, user('', gone, failed));
  expect(body).toContain('its content is not here any more');
  expect(body).toContain('it could not be had');
});

const LIMITS = { ...ANTHROPIC_MEDIA, mostPictures: 2, mostPictureBytes: 100, mostBytes: 150 };
const shown = async (...messages: readonly ModelMessage[]) => {
  const media = await mediaOf({ model: 'm', messages, tools: [] }, LIMITS, read);
  return messages.map((_, at) =>
    (media.get(at) ?? []).map((part) => (part.type === 'file' ? 'picture' : part.text.replace(/^\[file [^:]*: /, '['))),
  );
};
const picture = (size: number) => kept('p.png', 'image/png', Buffer.alloc(size, size));

test('A5 when there is no room for all pictures the newest are shown', async () => {
  expect(await shown(user('1', picture(40)), user('2', picture(41)), user('3', picture(42)))).toEqual([
    ['[too large to be shown]'],
    ['picture'],
    ['picture'],
  ]);
  expect(await shown(user('1', picture(90)), user('2', picture(91)))).toEqual([['[too large to be shown]'], ['picture']]);
  expect(await shown(user('1', picture(101)))).toEqual([['[too large to be shown]']]);
});

test('A5 of a long text the beginning is shown, and of many long ones the newest', async () => {
  const long = kept('long.txt', 'text/plain', 'é'.repeat(100_000));
  const [[part = '']] = (await shown(user('1', long))) as [[string]];
  expect(part).toContain('[the first 65536 of 200000 bytes]');
  const all = await shown(...Array.from({ length: 5 }, (_, at) => user(String(at), long)));
  expect(all.map(([text = '']) => text.includes('not shown'))).toEqual([true, false, false, false, false]);
});
