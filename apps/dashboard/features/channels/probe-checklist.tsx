'use client';
import CircleCheck from 'lucide-react/icons/circle-check';
import CircleX from 'lucide-react/icons/circle-x';
import LoaderCircle from 'lucide-react/icons/loader-circle';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Said } from '../../ui/said.tsx';
import type { AccountProbe } from './use-probe.ts';

/** The steps of a probe, each with its time and, where it failed, the cause and what to do. */
export function ProbeChecklist({ probe, running }: { readonly probe: AccountProbe | undefined; readonly running: boolean }) {
  const t = useT();
  const format = useFormat();
  const waits = running && probe?.ok === undefined;
  return (
    <ol aria-label={t.channels.checklist} aria-busy={waits} className="flex flex-col gap-2 text-sm">
      {probe?.steps.map(({ name, ok, durationMs, detail, problem }) => {
        const Icon = ok ? CircleCheck : CircleX;
        const title = t.channels.step[name as keyof typeof t.channels.step] ?? name;
        return (
          <li key={name} data-step={name} data-ok={ok} className="flex gap-2.5">
            <Icon aria-label={ok ? t.channels.ok : t.channels.bad} className={`mt-0.5 size-4 shrink-0 ${ok ? 'text-ok' : 'text-bad'}`} />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <span className={ok ? '' : 'font-medium text-bad'}>{title}</span>
                {detail ? <span className="min-w-0 text-ink-3 foreign-text">{detail}</span> : null}
                <span className="ml-auto text-xs text-ink-3 figures">{format.duration(durationMs)}</span>
              </p>
              {problem ? (
                <p className="mt-0.5 text-ink-2 foreign-text">
                  <Said problem={problem} />
                </p>
              ) : null}
            </div>
          </li>
        );
      })}
      {waits ? (
        <li className="flex items-center gap-2.5 text-ink-3">
          <LoaderCircle aria-hidden className="size-4 shrink-0 animate-pulse-soft" />
          {t.channels.probing}
        </li>
      ) : null}
      {probe || running ? null : <li className="text-ink-2">{t.channels.checklistNone}</li>}
    </ol>
  );
}
