import { expect, it } from 'vitest';
import { compareArguments } from './compare-arguments.ts';

it('tells what is the same, changed, new and left out', () => {
  expect(compareArguments({ argv: ['git', 'push', '--force'], cwd: 'a' }, { argv: ['git', 'pull'], input: 'x', cwd: 'a' })).toEqual([
    { path: 'argv.0', now: 'git', before: 'git', mark: 'same' },
    { path: 'argv.1', now: 'push', before: 'pull', mark: 'changed' },
    { path: 'argv.2', now: '--force', mark: 'added' },
    { path: 'cwd', now: 'a', before: 'a', mark: 'same' },
    { path: 'input', before: 'x', mark: 'gone' },
  ]);
});

it('shows what is no text as its JSON', () => {
  expect(compareArguments({ n: 1, empty: [], nothing: null }, { n: '1' })).toEqual([
    { path: 'n', now: '1', before: '1', mark: 'same' },
    { path: 'empty', now: '[]', mark: 'added' },
    { path: 'nothing', now: 'null', mark: 'added' },
  ]);
});
