// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import ChevronRight from 'lucide-react/icons/chevron-right';
import type { ReactNode } from 'react';
import type { Catalog } from '../../i18n/en/index.ts';
import type { Format } from '../../i18n/format.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import type { Column } from '../../ui/columns.ts';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl, sessionUrl } from '../frame/links.ts';
import type { LogColumn } from './log-columns.ts';
import type { LogEntry } from './log-filter.ts';

const NAMED_CHARS = 80;

const TONES = {
  debug: 'text-ink-3',
  info: 'text-accent',
  warn: 'text-warn',
  error: 'text-bad',
  fatal: 'font-bold text-bad',
} as const;

const LINK = 'inline-flex min-h-6 items-center rounded text-accent hover:underline';

type LogRowProps = {
  readonly entry: LogEntry;
  readonly rowIndex: number;
  readonly open: boolean;
  readonly onToggle: () => void;
};
type TableRowProps = LogRowProps & {
  readonly columns: readonly Column<LogColumn>[];
  readonly pins: ReadonlyMap<LogColumn, number>;
  readonly grid: string;
  readonly wrap: boolean;
};

/** A line of the log in columns; what else it says is folded away below it. */
export function LogTableRow({ entry, rowIndex, open, onToggle, columns, pins, grid, wrap }: TableRowProps) {
  const t = useT();
  const format = useFormat();
  const isWhole = wrap || open;
  const onClick = () => {
    if (document.getSelection()?.isCollapsed !== false) onToggle();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
      <div
        role="row"
        aria-rowindex={rowIndex}
        data-log-row
        onClick={onClick}
        style={{ gridTemplateColumns: grid }}
        className={classNames(
          'grid min-h-8 cursor-pointer items-start gap-x-3 px-3 py-1.5 font-mono text-xs leading-5 hover:bg-sunken',
          lookOf(entry),
        )}
      >
        <span role="cell" className="bg-inherit">
          <FoldButton entry={entry} open={open} onToggle={onToggle} />
        </span>
        {columns.map(({ name }) => {
          const left = pins.get(name);
          return (
            <span
              key={name}
              role="cell"
              style={left === undefined ? undefined : { position: 'sticky', left, zIndex: 1 }}
              className={classNames(
                'min-w-0',
                left !== undefined && 'bg-inherit',
                name === 'level' ? toneOf(entry) : LOOKS[name],
                name === 'message' && isWhole ? 'foreign-text' : 'truncate',
              )}
            >
              {textOf(name, entry, t, format)}
            </span>
          );
        })}
      </div>
      {open ? (
        // biome-ignore lint/a11y/useFocusableInteractive: a row of a table is read
        <div role="row" className={lookOf(entry)}>
          <div role="cell" aria-colspan={columns.length + 1} className="sticky left-0 max-w-[100cqw]">
            <LogDetail entry={entry} />
          </div>
        </div>
      ) : null}
    </>
  );
}

/** A line of the log for a phone. */
export function LogCard({ entry, rowIndex, open, onToggle }: LogRowProps) {
  const t = useT();
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: a row of a table is read, its button is operated
    <div role="row" aria-rowindex={rowIndex} className={lookOf(entry)}>
      <div role="cell">
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          data-log-row
          className="grid w-full grid-cols-[1rem_minmax(0,1fr)] items-start gap-x-2 px-3 py-1.5 text-left font-mono text-xs leading-5 focus-visible:outline-offset-[-2px]"
        >
          <Chevron open={open} />
          <span className="flex gap-2">
            <span className="text-ink-3 figures">{textOf('time', entry, t, format)}</span>
            <span className={toneOf(entry)}>{textOf('level', entry, t, format)}</span>
            <span className="truncate text-ink-2">{textOf('component', entry, t, format)}</span>
          </span>
          <span className={classNames('col-start-2 min-w-0', open ? 'foreign-text' : 'line-clamp-2 break-words')}>{withAside(entry)}</span>
        </button>
        {open ? <LogDetail entry={entry} /> : null}
      </div>
    </div>
  );
}

function FoldButton({ entry, open, onToggle }: Pick<LogRowProps, 'entry' | 'open' | 'onToggle'>) {
  const t = useT();
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-label={t.logs.detailOf(entry.message.slice(0, NAMED_CHARS))}
      data-fold
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
      className="-mx-1 -my-0.5 inline-flex size-6 items-center justify-center rounded hover:bg-sunken"
    >
      <Chevron open={open} />
    </button>
  );
}

function Chevron({ open }: { readonly open: boolean }) {
  return <ChevronRight aria-hidden className={classNames('mt-0.5 size-4 text-ink-3 transition-transform', open && 'rotate-90')} />;
}

const LOOKS: Readonly<Record<Exclude<LogColumn, 'level'>, string>> = {
  time: 'text-ink-3 figures',
  date: 'text-ink-3 figures',
  component: 'text-ink-2',
  message: '',
  event: 'text-ink-3 figures',
  session: 'text-ink-3',
  flow: 'text-ink-3',
};

const toneOf = ({ level }: LogEntry) => (level ? TONES[level] : 'text-ink-3');

/** Opaque, so that what scrolls away below a column that stays in sight is not seen through it. */
function lookOf({ level }: LogEntry): string {
  if (level === 'error' || level === 'fatal') return 'bg-[color-mix(in_srgb,var(--bad-soft)_40%,var(--surface))]';
  return level === 'warn' ? 'bg-[color-mix(in_srgb,var(--warn-soft)_40%,var(--surface))]' : 'bg-surface';
}

function textOf(name: LogColumn, entry: LogEntry, t: Catalog, format: Format): ReactNode {
  const { time, level, component, position, sessionId, correlationId } = entry;
  if (name === 'message') return withAside(entry);
  if (name === 'time') return time === undefined ? '–' : <Time value={time} as="clock" />;
  if (name === 'date') return time === undefined ? '–' : format.second(time);
  if (name === 'level') return level ? t.logs.level[level] : '–';
  if (name === 'component') return component ?? '–';
  if (name === 'event') return position === undefined ? '' : format.number(position);
  return ending(name === 'session' ? sessionId : correlationId);
}

function withAside({ message, aside }: LogEntry): ReactNode {
  return aside === undefined ? (
    message
  ) : (
    <>
      {message} <span className="pl-2 text-ink-3">{aside}</span>
    </>
  );
}

/** The telling end of an id: its beginning is the same for all that were made at the same time. */
const ending = (id: string | undefined) => (id === undefined ? '' : `…${id.slice(-8)}`);

function LogDetail({ entry }: { readonly entry: LogEntry }) {
  const t = useT();
  const format = useFormat();
  const { time, detail, correlationId, sessionId, position, truncated } = entry;
  return (
    <div className="flex flex-col gap-2 px-3 pb-3 sm:pl-9">
      <p className="flex flex-wrap items-center gap-x-4 text-xs text-ink-3">
        {time === undefined ? null : <span>{format.full(time)}</span>}
        {position === undefined ? null : (
          <Link href={eventsUrl({ range: 'all', selected: position })} className={LINK}>
            {t.logs.event(format.number(position))}
          </Link>
        )}
        {correlationId === undefined ? null : (
          <Link href={eventsUrl({ correlationId, range: 'all' })} className={LINK}>
            {t.logs.events}
          </Link>
        )}
        {sessionId === undefined ? null : (
          <Link href={sessionUrl(sessionId)} className={LINK}>
            {t.logs.session}
          </Link>
        )}
      </p>
      {detail === undefined ? null : <CodeBlock label={t.logs.detail} text={detail} wrap />}
      {truncated ? <p className="text-xs text-warn">{t.logs.truncated}</p> : null}
    </div>
  );
}
