import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reasonInChinese } from './zh-cn/reasons.ts';

const PIPELINE = join(import.meta.dirname, '../../gateway/src/pipeline');
const PROOFS = ['the gateway token', 'a dashboard login', 'a signature', 'a schedule of the configuration'];
const LISTED = ['the sender', 'the group', '"*"'];

/** Each sentence in a source, with something in its gaps. */
function sentences(file: string): string[] {
  const source = readFileSync(join(PIPELINE, file), 'utf8');
  const found = [...source.matchAll(/'([A-Z][^'\n]+ [^'\n]+\.)'|`([^`\n]+ [^`\n]+\.)`/g)].map(([, plain, filled]) => plain ?? filled ?? '');
  return found.flatMap((sentence) =>
    sentence.includes('{CALLER_PROOF')
      ? PROOFS.map((proof) => sentence.replace(/\$\{.+\}/, proof))
      : sentence.includes('{listed}')
        ? LISTED.map((listed) => sentence.replace(/\$\{.+\}/, listed))
        : [sentence.replaceAll(/\$\{[^}]+\}/g, 'given')],
  );
}

/** What is wrong with the configuration has a code, and is said by that. */
const OF_ERRORS = /^(No rule names an agent|There is no agent)/;
const SENTENCES = ['route.ts', 'admit.ts'].flatMap(sentences).filter((sentence) => !OF_ERRORS.test(sentence));

it('B15 there are reasons to be said', () => expect(SENTENCES.length).toBeGreaterThan(20));

it.each(SENTENCES)('B15 the reason "%s" is said in Chinese', (sentence) => {
  expect(reasonInChinese(sentence)).toMatch(/[\u4e00-\u9fff].*。$/);
});

it('B15 a refusal says its channel and its reason in Chinese, and what an extension says stays as it is', () => {
  expect(reasonInChinese('The sender may not write on telegram: dmPolicy is "disabled".')).toBe(
    '发送者不能在 telegram 上写入：dmPolicy 为“disabled”。',
  );
  expect(reasonInChinese('Said by a router.')).toBe('Said by a router.');
});
