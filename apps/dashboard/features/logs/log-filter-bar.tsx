'use client';
import Download from 'lucide-react/icons/download';
import { type ReactNode, useEffect, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { Checkbox, Select } from '../../ui/choices.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { LEVELS, type useLogFilter } from './log-filter.ts';

/** The parts that name themselves in their lines. */
const COMPONENTS = [
  'gateway',
  'doors',
  'pipeline',
  'channels',
  'access',
  'audit',
  'extensions',
  'floods',
  'integrity',
  'mcp',
  'memory',
  'network',
  'remote',
  'retention',
  'schedules',
  'alerts',
  'tls',
  'metrics',
  'traces',
] as const;

type LogFilterBarProps = { readonly filter: ReturnType<typeof useLogFilter>; readonly children: ReactNode };

export function LogFilterBar({ filter, children }: LogFilterBarProps) {
  const t = useT();
  const { state, change, input } = filter;
  const [text, setText] = useState(state.q);
  useEffect(() => setText(state.q), [state.q]);
  const search = () => void change({ q: text || null });
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
        className="mb-3 flex flex-wrap items-end gap-3"
      >
        <TextField
          label={t.logs.search}
          className="w-full sm:w-72"
          type="search"
          mono
          maxLength={500}
          value={text}
          placeholder={t.logs.searchPlaceholder}
          data-query
          onChange={({ target }) => setText(target.value)}
          onBlur={search}
        />
        <Select
          label={t.logs.minLevel}
          className="w-[calc(50%-0.375rem)] sm:w-44"
          value={state.level}
          choices={LEVELS.map((value) => ({ value, title: t.logs.levels[value] }))}
          onChange={(level) => void change({ level })}
        />
        <Select
          label={t.logs.component}
          className="w-[calc(50%-0.375rem)] sm:w-40"
          value={state.component ?? ''}
          choices={[{ value: '', title: t.logs.anyComponent }, ...COMPONENTS.map((value) => ({ value, title: value }))]}
          onChange={(component) => void change({ component: component || null })}
        />
        <Checkbox
          label={t.logs.regex}
          checked={state.regex}
          onChange={(regex) => void change({ regex: regex || null })}
          className="h-8 justify-center"
        />
        <a href={downloadUrl(input)} download title={t.logs.downloadHint} className={buttonLook('plain', 'sm:ml-auto')}>
          <Download aria-hidden className="size-4" />
          {t.logs.download}
        </a>
        {children}
      </form>
    </search>
  );
}

function downloadUrl({ sinceMs, untilMs, minLevel, component, query, regex }: ReturnType<typeof useLogFilter>['input']): string {
  const parameters = new URLSearchParams({
    ...(sinceMs !== undefined && { since: String(sinceMs) }),
    ...(untilMs !== undefined && { until: String(untilMs) }),
    ...(minLevel && { level: minLevel }),
    ...(component && { component }),
    ...(query && { q: query }),
    ...(regex && { regex: 'true' }),
  });
  return `/api/logs?${parameters}`;
}
