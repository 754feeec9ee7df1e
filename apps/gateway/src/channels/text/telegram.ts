/** Replies for Telegram: plain text with entities beside it, so that there is nothing to escape. */

import { type Dialect, divide } from './divide.ts';
import { type Block, type Span, textOf } from './document.ts';
import { readMarkdown } from './markdown.ts';

/** In UTF-16 code units, without the entities. */
const MOST_LENGTH = 4096;
/** Telegram ignores what is beyond. */
const MOST_ENTITIES = 100;

export type TelegramEntity = { readonly offset: number; readonly length: number } & (
  | { readonly type: 'bold' | 'italic' | 'strikethrough' | 'code' | 'blockquote' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'text_link'; readonly url: string }
);
export type TelegramText = { readonly text: string; readonly entities: readonly TelegramEntity[] };

const DIALECT: Dialect<TelegramText> = {
  write,
  length: ({ text }) => text.length,
  mostLength: MOST_LENGTH,
  entities: ({ entities }) => entities.length,
  mostEntities: MOST_ENTITIES,
};

/** The messages of a reply, for `sendMessage` with `entities`. */
export function toTelegram(markdown: string): readonly TelegramText[] {
  return divide(readMarkdown(markdown), DIALECT).map((parts) =>
    trimmed(
      parts.reduce<TelegramText>(
        (before, { written, tight }) => {
          const text = before.text + (before.text === '' ? '' : tight ? '\n' : '\n\n');
          return {
            text: text + written.text,
            entities: [...before.entities, ...written.entities.map((entity) => moved(entity, text.length))],
          };
        },
        { text: '', entities: [] },
      ),
    ),
  );
}

function write(block: Block): TelegramText {
  const lead = block.lead ?? '';
  const text = lead + textOf(block);
  const inner =
    block.kind === 'code'
      ? [{ type: 'pre' as const, offset: lead.length, length: block.text.length, ...(block.language && { language: block.language }) }]
      : spanEntities(block.spans, lead.length);
  const quote = block.quoted ? [{ type: 'blockquote' as const, offset: 0, length: text.length }] : [];
  return { text, entities: [...quote, ...inner] };
}

function spanEntities(spans: readonly Span[], start: number): TelegramEntity[] {
  let offset = start;
  return spans.flatMap(({ text, bold, italic, strike, code, href }) => {
    const place = { offset, length: text.length };
    offset += text.length;
    if (text.trim() === '') return [];
    // Code can hold nothing else.
    if (code) return [{ type: 'code' as const, ...place }];
    const styles = [bold && 'bold', italic && 'italic', strike && 'strikethrough'] as const;
    const entities: TelegramEntity[] = styles.flatMap((type) => (type ? [{ type, ...place }] : []));
    return href === undefined ? entities : [...entities, { type: 'text_link', url: href, ...place }];
  });
}

function moved(entity: TelegramEntity, by: number): TelegramEntity {
  return { ...entity, offset: entity.offset + by };
}

/** Telegram takes white space at the ends away itself; where the entities are then is better decided here. */
function trimmed({ text, entities }: TelegramText): TelegramText {
  const skipped = text.length - text.trimStart().length;
  const kept = text.trim();
  const within = entities.flatMap((entity) => {
    const start = Math.max(0, entity.offset - skipped);
    const end = Math.min(kept.length, entity.offset - skipped + entity.length);
    return end > start ? [{ ...entity, offset: start, length: end - start }] : [];
  });
  return { text: kept, entities: within };
}
