import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inWords } from './said.ts';

const LOCAL = { DISK_LOW: { title: '磁盘将满。', remedy: '请腾出空间。' } };
const ENGLISH = { DISK_LOW: { title: 'The disk is nearly full.', remedy: 'Free space.' } };

it('B15 a problem is said by its code, without the English title that says the same', () => {
  const problem = { code: 'DISK_LOW', message: 'The disk is nearly full.', remedy: 'Free space.' };
  expect(inWords(problem, LOCAL, ENGLISH)).toEqual({ title: '磁盘将满。', remedy: '请腾出空间。' });
});

it('B15 what the gateway knows beyond the title is kept as it said it', () => {
  const problem = { code: 'DISK_LOW', message: 'Only 3 MB are left on /var.', remedy: 'Free space.' };
  expect(inWords(problem, LOCAL, ENGLISH)).toEqual({ title: '磁盘将满。', remedy: '请腾出空间。', own: 'Only 3 MB are left on /var.' });
});

it('B15 a cause that is shown in passing gets no remedy', () => {
  expect(inWords({ code: 'DISK_LOW', message: 'The disk is nearly full.' }, LOCAL, ENGLISH)).toEqual({ title: '磁盘将满。' });
});

it('B15 whatever the code, nothing that the gateway said is lost', () => {
  const code = fc.oneof(fc.string(), fc.constantFrom('DISK_LOW', 'constructor', '__proto__', 'toString'));
  fc.assert(
    fc.property(code, fc.string(), (code, message) => {
      const { title, own } = inWords({ code, message }, LOCAL, ENGLISH);
      expect(title).toBeTypeOf('string');
      expect([title, own]).toContain(message);
    }),
  );
});
