/** What of a page a reader sees. Loaded with the first page that is read. */
import { setImmediate } from 'node:timers/promises';
import { Parser } from 'htmlparser2';

const UNSEEN: ReadonlySet<string> = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'iframe',
  'object',
  'select',
  'head',
]);
const BLOCKS: ReadonlySet<string> = new Set(
  'address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);
const MOST_LINKS = 60;
/** No page that people read is nested like this, and each step down costs more than the one before. */
const MOST_DEPTH = 1000;
const PIECE = 16_384;
const MOST_LABEL = 120;

export type Page = {
  readonly title?: string;
  readonly text: string;
  readonly links?: readonly { readonly text: string; readonly url: string }[];
};

/** The title, the text and the links of a page, a piece at a time, so that nothing else waits for a long one. */
export async function readPage(html: string, base: URL): Promise<Page> {
  const pieces: string[] = [];
  const links = new Map<string, string>();
  let unseen = 0;
  let depth = 0;
  let title: string | undefined;
  let inTitle = false;
  let link: { readonly url: string; text: string } | undefined;
  const parser = new Parser({
    onopentag: (name, attributes) => {
      depth += 1;
      if (UNSEEN.has(name)) unseen += 1;
      if (name === 'title' && title === undefined) inTitle = true;
      if (BLOCKS.has(name)) pieces.push('\n');
      if (name === 'a') link = { url: httpUrl(attributes['href'], base) ?? '', text: '' };
    },
    ontext: (text) => {
      if (inTitle) title = (title ?? '') + text;
      if (unseen > 0) return;
      pieces.push(text);
      if (link) link.text += text;
    },
    onclosetag: (name) => {
      depth -= 1;
      if (UNSEEN.has(name)) unseen -= 1;
      if (name === 'title') inTitle = false;
      if (BLOCKS.has(name) && name !== 'br') pieces.push('\n');
      if (name !== 'a' || !link) return;
      if (link.url !== '' && !links.has(link.url) && links.size < MOST_LINKS) links.set(link.url, inLine(link.text).slice(0, MOST_LABEL));
      link = undefined;
    },
  });
  for (let at = 0; at < html.length && depth < MOST_DEPTH; at += PIECE) {
    parser.write(html.slice(at, at + PIECE));
    await setImmediate();
  }
  // The elements that are still open say nothing more, and closing each takes long when there are many.
  if (depth < MOST_DEPTH) parser.end();
  const text = pieces
    .join('')
    .split('\n')
    .map(inLine)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return {
    ...(title !== undefined && { title: inLine(title).slice(0, 300) }),
    text,
    ...(links.size > 0 && { links: [...links].map(([url, label]) => ({ text: label, url })) }),
  };
}

const inLine = (text: string) => text.replace(/\s+/g, ' ').trim();

function httpUrl(written: string | undefined, base: URL): string | undefined {
  const url = written === undefined ? null : URL.parse(written, base.href);
  return url && /^https?:$/.test(url.protocol) && url.href.length <= 1000 ? url.href : undefined;
}
