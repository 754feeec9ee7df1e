'use client';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl, sessionUrl } from '../frame/links.ts';
import type { LogEntry } from './log-filter.ts';

const TONES = {
  debug: 'text-ink-3',
  info: 'text-accent',
  warn: 'text-warn',
  error: 'text-bad',
  fatal: 'font-bold text-bad',
} as const;

const LINK = 'inline-flex min-h-6 items-center rounded text-accent hover:underline';

/** A line of the log; what else it says is folded away below it. */
export function LogRow({ entry }: { readonly entry: LogEntry }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { level, time, component, message, detail, correlationId, sessionId, position, truncated } = entry;
  const hasMore = detail !== undefined || correlationId !== undefined || sessionId !== undefined || position !== undefined || truncated;
  return (
    <div
      className={classNames(
        'border-b border-line',
        (level === 'error' || level === 'fatal') && 'bg-bad-soft/40',
        level === 'warn' && 'bg-warn-soft/40',
      )}
    >
      <button
        type="button"
        aria-expanded={hasMore ? open : undefined}
        disabled={!hasMore}
        onClick={() => setOpen(!open)}
        data-log-row
        className="grid min-h-8 w-full grid-cols-[1rem_minmax(0,1fr)] items-start gap-x-2 px-3 py-1.5 text-left font-mono text-xs leading-5 hover:bg-sunken focus-visible:outline-offset-[-2px] disabled:cursor-default sm:grid-cols-[1rem_6.5rem_4rem_6rem_minmax(0,1fr)]"
      >
        <ChevronRight
          aria-hidden
          className={classNames('mt-0.5 size-4 text-ink-3 transition-transform', open && 'rotate-90', !hasMore && 'invisible')}
        />
        <span className="col-start-2 flex gap-2 sm:contents">
          <span className="text-ink-3 figures">{time === undefined ? '–' : <Time value={time} as="clock" />}</span>
          <span className={level ? TONES[level] : 'text-ink-3'}>{level ? t.logs.level[level] : '–'}</span>
          <span className="truncate text-ink-2">{component ?? '–'}</span>
        </span>
        <span
          className={classNames('col-start-2 min-w-0 sm:col-start-auto', open ? 'foreign-text' : 'line-clamp-2 break-words sm:truncate')}
        >
          {message}
        </span>
      </button>
      {open ? <LogDetail entry={entry} /> : null}
    </div>
  );
}

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
