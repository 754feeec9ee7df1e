'use client';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { shortly } from './controls.tsx';

export type Change = {
  readonly path: string;
  readonly op: 'add' | 'remove' | 'replace';
  readonly before?: unknown;
  readonly after?: unknown;
};

const MOST = 100;
const TONES = { add: 'ok', remove: 'bad', replace: 'accent' } as const;

/** Keys that differ, each with what it was and what it is. */
export function Changes({ changes, restart = [] }: { readonly changes: readonly Change[]; readonly restart?: readonly string[] }) {
  const t = useT();
  if (changes.length === 0) return <p className="text-sm text-ink-2">{t.config.noChange}</p>;
  return (
    <>
      <ul aria-label={t.config.changes} className="divide-y divide-line rounded-md border border-line">
        {changes.slice(0, MOST).map((change) => (
          <li key={change.path} className="flex flex-col gap-1 px-3 py-2 text-sm">
            <span className="flex flex-wrap items-center gap-2">
              <Badge tone={TONES[change.op]}>{t.config.ops[change.op]}</Badge>
              <span className="font-mono text-xs font-medium break-all">{change.path}</span>
              {restart.includes(change.path) ? <Badge tone="warn">{t.config.afterRestart}</Badge> : null}
            </span>
            <span className="font-mono text-xs break-all">
              {change.before === undefined ? null : <del className="text-bad decoration-1">{shortly(change.before)}</del>}
              {change.before !== undefined && change.after !== undefined ? <span aria-hidden> → </span> : null}
              {change.after === undefined ? null : <ins className="text-ok no-underline">{shortly(change.after)}</ins>}
            </span>
          </li>
        ))}
      </ul>
      {changes.length > MOST ? <p className="mt-1 text-xs text-ink-3">{t.config.capped(MOST, changes.length)}</p> : null}
    </>
  );
}
