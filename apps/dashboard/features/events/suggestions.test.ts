import { expect, it } from 'vitest';
import { suggest, wordAt } from './suggestions.ts';

const FIELDS = [
  { name: 'channel', aliases: [], operators: [':'], description: 'The channel.', example: '', values: [] },
  { name: 'corr', aliases: ['message'], operators: [':'], description: 'The `message`.', example: '', values: [] },
  { name: 'type', aliases: [], operators: [':'], description: 'The kind.', example: '', values: ['run.*', 'run.started'] },
  { name: 'sev', aliases: ['severity'], operators: [':'], description: 'How grave.', example: '', values: ['warn', 'error'] },
];
const offered = (word: string) =>
  suggest(word, FIELDS, { channel: ['telegram', 'http'] }, (type) => (type === 'run.started' ? 'An agent began.' : undefined));
const texts = (word: string) => offered(word).map(({ text }) => text);

it('finds the word at the caret', () => {
  expect(wordAt('type:run.* chan', 15)).toEqual({ start: 11, end: 15, word: 'chan' });
  expect(wordAt('(sev:wa OR x)', 6)).toEqual({ start: 1, end: 7, word: 'sev:w' });
});

it('completes fields by name and alias, and values that the field or the log has', () => {
  expect(texts('c')).toEqual(['channel:', 'corr:']);
  expect(texts('mess')).toEqual(['corr:']);
  expect(texts('-ch')).toEqual(['-channel:']);
  expect(texts('channel:t')).toEqual(['channel:telegram', 'channel:http']);
  expect(texts('severity:')).toEqual(['severity:warn', 'severity:error']);
  expect(texts('sev:error')).toEqual([]);
  expect(texts('nothing:x')).toEqual([]);
});

it('B15 says beside a type of event what it means', () => {
  expect(offered('type:run')).toEqual([
    { text: 'type:run.*', note: '' },
    { text: 'type:run.started', note: 'An agent began.' },
  ]);
});
