/** What a browser fetches before a page stands: the scripts and styles that each page's HTML names, compressed as the gateway serves them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Result } from '../report.ts';

const OUT = join(import.meta.dirname, '../../apps/dashboard/out');
const KB = 1_000;
const OVERVIEW_KB = 190;
const MORE_KB = 40;
const CSS_KB = 20;

export function measureSizes(): Result[] {
  const routes = readdirSync(OUT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_') && existsSync(join(OUT, entry.name, 'index.html')))
    .map(({ name }) => name)
    .filter((name) => name !== '404');
  const overview = scriptKb('');
  return [
    { name: 'scripts of the overview, gz', value: overview, unit: 'KB', limit: { atMost: OVERVIEW_KB } },
    ...routes.map((route) => ({
      name: `scripts of /${route}/, gz`,
      value: scriptKb(route),
      unit: 'KB',
      limit: { atMost: overview + MORE_KB },
    })),
    { name: 'styles, gz', value: sizeOf('', /<link[^>]+href="([^"]+\.css)"/g), unit: 'KB', limit: { atMost: CSS_KB } },
    { name: 'fonts', value: countFonts(), unit: '', limit: { atMost: 0 } },
  ];
}

/** Old browsers alone fetch what is marked `nomodule`. */
const scriptKb = (route: string): number => sizeOf(route, /<script(?![^>]*nomodule)[^>]+src="([^"]+\.js)"/gi);

function sizeOf(route: string, pattern: RegExp): number {
  const html = readFileSync(join(OUT, route, 'index.html'), 'utf8');
  const files = new Set([...html.matchAll(pattern)].map(([, path = '']) => path));
  return [...files].reduce((sum, path) => sum + gzipSync(readFileSync(join(OUT, path))).length, 0) / KB;
}

function countFonts(): number {
  return readdirSync(join(OUT, '_next'), { recursive: true }).filter((file) => /\.(woff2?|ttf|otf)$/.test(String(file))).length;
}
