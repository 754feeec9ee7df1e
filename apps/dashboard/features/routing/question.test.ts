import { expect, it } from 'vitest';
import { commandOf } from './question.ts';

const NOTHING = { channel: 'telegram', account: 'default', from: '42', group: '', thread: '', roles: '', text: '', at: '' };

it('is the shortest command that asks the same', () => {
  expect(commandOf(NOTHING)).toBe('openclaw route explain --channel telegram --from 42');
});

it('names each role, and quotes what a shell would read otherwise', () => {
  expect(commandOf({ ...NOTHING, roles: 'staff, on call', text: "it's $5" })).toBe(
    `openclaw route explain --channel telegram --from 42 --role staff --role 'on call' --text 'it'\\''s $5'`,
  );
});
