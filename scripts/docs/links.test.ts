import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenLinks, relativeLinks } from './links.ts';

test('finds relative links and pictures, and neither addresses, anchors of the same page nor examples in code', () => {
  const page = [
    '[one](a.md), ![two](images/b.png "title"), [three](../c.md#part); [`code`](d.md)',
    '[no](https://example.com) [no](mailto:a@example.com) [no](#part) `[no](e.md)`',
    '```md',
    '[no](f.md)',
    '```',
    '[four](g.md)',
  ].join('\n');
  expect(relativeLinks(page)).toEqual(['a.md', 'images/b.png', '../c.md#part', 'd.md', 'g.md']);
});

test('every relative link of the README files and of docs leads to a file', async () => {
  expect(await brokenLinks(join(import.meta.dirname, '../..'))).toEqual([]);
});
