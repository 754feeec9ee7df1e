/** Reads the Markdown of a reply (CommonMark with GitHub's tables, task lists and strikethrough). Nothing of it is lost or trusted. */
import { Lexer, type Token, type Tokens } from 'marked';
import { type Block, merged, plain, type Span, type Style } from './document.ts';
import { tableText } from './table.ts';

/** Longer texts are taken as they are: hostile ones could keep the parser busy. In UTF-16 code units. */
const MOST_PARSED = 60_000;
const MOST_INLINE = 8_000;
/** Deeper levels of a list stand where this one does. In characters. */
const MOST_LEAD = 20;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'", nbsp: '\u00a0' };
/** Control characters that no chat service shows; tab and newline stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** More levels of quotes and lists in a line than anybody writes; the parser would go into each. */
const DEEP = /^(?:[ \t]*(?:[>*+-]|\d+[.)])){30}/m;

/** The time that the marks within one paragraph take grows with its square, so that very long ones are left as they are. */
class BoundedLexer extends Lexer {
  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (source.length <= MOST_INLINE) return super.inlineTokens(source, tokens);
    tokens.push({ type: 'text', raw: source, text: source });
    return tokens;
  }
}

/** The blocks of a text; what cannot be parsed is one block of plain text. */
export function readMarkdown(markdown: string): readonly Block[] {
  const text = markdown.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '').trim();
  if (text === '') return [];
  if (text.length > MOST_PARSED || DEEP.test(text)) return [plain(text)];
  try {
    return blocksOf(new BoundedLexer().lex(text)).filter(
      (block) => block.kind === 'code' || block.spans.some((span) => span.text.trim() !== ''),
    );
  } catch {
    // Too deep for the parser: no answer that anybody wants to see formatted.
    return [plain(text)];
  }
}

function blocksOf(tokens: readonly Token[]): Block[] {
  return tokens.flatMap((token) => blockOf(token as Tokens.Generic));
}

function blockOf(token: Tokens.Generic): Block[] {
  switch (token.type) {
    case 'space':
    case 'checkbox':
      return [];
    case 'heading':
      return [{ kind: 'text', spans: spansOf(token.tokens ?? [], { bold: true }) }];
    case 'code':
      return [codeBlock(token as Tokens.Code)];
    case 'blockquote':
      return blocksOf(token.tokens ?? []).map((block) => ({ ...block, quoted: true }));
    case 'list':
      return listBlocks(token as Tokens.List);
    case 'table':
      return [{ kind: 'code', text: tableText(token as Tokens.Table, (inner) => merged(spansOf(inner, {})).map(written).join('')) }];
    case 'hr':
      return [plain('———')];
    case 'paragraph':
    case 'text':
      return [{ kind: 'text', spans: merged(token.tokens ? spansOf(token.tokens, {}) : [{ text: decoded(String(token['text'])) }]) }];
    default:
      return [plain(token.raw.trim())];
  }
}

function codeBlock({ lang, text, raw }: Tokens.Code): Block {
  const language = /^[\w+#.-]{1,30}$/.exec(lang ?? '')?.[0];
  // What stands behind the language, or is none, is text like any other.
  const rest = lang && !language ? `${lang}\n` : '';
  return { kind: 'code', text: text === '' && rest === '' ? raw.trim() : rest + text, ...(language && { language }) };
}

function listBlocks({ items, ordered, start }: Tokens.List): Block[] {
  return items.flatMap((item, index) => {
    const bullet = ordered ? `${Number(start || 0) + index}. ` : '• ';
    const [first, ...rest] = blocksOf(item.tokens);
    const task = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
    const head: Block = first?.kind === 'text' && first.lead === undefined ? first : plain(' ');
    const others = head === first ? rest : first ? [first, ...rest] : [];
    const top: Block = { ...head, lead: bullet + task, ...(index > 0 && { tight: true as const }) };
    return [top, ...others.map((block) => ({ ...block, lead: `  ${block.lead ?? ''}`.slice(-MOST_LEAD), tight: true as const }))];
  });
}

function spansOf(tokens: readonly Token[], style: Style): readonly Span[] {
  return merged(tokens.flatMap((token) => inline(token as Tokens.Generic, style)));
}

function inline(token: Tokens.Generic, style: Style): readonly Span[] {
  const within = (added: Style) => spansOf(token.tokens ?? [], { ...style, ...added });
  switch (token.type) {
    case 'strong':
      return within({ bold: true });
    case 'em':
      return within({ italic: true });
    case 'del':
      return within({ strike: true });
    case 'codespan':
      return [{ ...style, code: true, text: String(token['text']) }];
    case 'link':
      return linked(within({}), String(token['href']), style);
    case 'image':
      return linked([{ ...style, text: decoded(String(token['text'])) || String(token['href']) }], String(token['href']), style);
    case 'br':
      return [{ ...style, text: '\n' }];
    case 'checkbox':
      return [];
    case 'html':
      return [{ ...style, text: /^<br\s*\/?>$/i.test(token.raw) ? '\n' : token.raw }];
    case 'escape':
      return [{ ...style, text: String(token['text']) }];
    default:
      return token.tokens ? within({}) : [{ ...style, text: decoded(String(token['text'] ?? token.raw)) }];
  }
}

/** A link, where its address is one that may be followed; else its address is shown. A link in a link is text. */
function linked(label: readonly Span[], href: string, style: Style): readonly Span[] {
  const address = followable(href);
  const shown = label.some((span) => span.text.trim() !== '') ? label : [{ ...style, text: href }];
  if (address !== undefined && style.href === undefined) return shown.map((span) => ({ ...span, href: address }));
  return shown.map((span) => span.text).join('') === href ? shown : [...shown, { ...style, text: ` (${href})` }];
}

function followable(href: string): string | undefined {
  if (!/^(https?:\/\/|mailto:)/i.test(href) || href.length > 2000) return undefined;
  const url = URL.parse(href);
  // In this form it has no spaces, quotes or angle brackets that could end it early.
  return url?.href.replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
}

/** A span where there is no place for a link: its address stands behind it. */
export function written({ text, href }: Span): string {
  return href === undefined || sameAddress(text, href) ? text : `${text} (${href})`;
}

/** Whether a link's text is its address. */
export function sameAddress(text: string, href: string): boolean {
  return (
    followable(text) === href ||
    followable(`https://${text}`) === href ||
    followable(`http://${text}`) === href ||
    `mailto:${text}` === href
  );
}

function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|apos|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
