/** The links of the documentation that lead to no file. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The targets of links and pictures in a Markdown text that lie in the repository; examples in code are none. */
export function relativeLinks(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1/gm, '').replaceAll(/(`+)[^`]+\1/g, '');
  const targets = [...prose.matchAll(/\]\(<?([^)\s>]+)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|#)/i.test(target));
}

/** `page: target` for each relative link of the pages in the root and in docs that leads to no file. */
export async function brokenLinks(root: string): Promise<readonly string[]> {
  const pages = [...(await readdir(root)), ...(await readdir(join(root, 'docs'), { recursive: true })).map((path) => join('docs', path))];
  const broken: string[] = [];
  for (const page of pages.filter((path) => path.endsWith('.md')).toSorted()) {
    const folder = dirname(join(root, page));
    for (const target of relativeLinks(await readFile(join(root, page), 'utf8'))) {
      const path = decodeURIComponent(target.replace(/[#?].*$/, ''));
      const isInside = !relative(root, join(folder, path)).startsWith('..');
      if (path.startsWith('/') || !isInside || !existsSync(join(folder, path))) broken.push(`${page}: ${target}`);
    }
  }
  return broken;
}
