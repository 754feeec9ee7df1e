'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl } from '../frame/links.ts';

const LISTED = 5;

/** How the earlier probes of an account went. */
export function ProbeHistory({ channel, account }: { readonly channel: string; readonly account: string }) {
  const t = useT();
  const format = useFormat();
  const history = useQuery(trpc.channels.probes.queryOptions({ channel, account }));
  const probes = (history.data ?? []).map((probe) => ({ ...probe, tookMs: probe.steps.reduce((sum, step) => sum + step.durationMs, 0) }));
  if (probes.length === 0) return null;
  return (
    <section aria-label={t.channels.probeHistory} className="border-t border-line p-4">
      <h3 className="pb-2 text-xs font-medium text-ink-3">{t.channels.probeHistory}</h3>
      {probes.length > 1 ? (
        <div className="pb-3 text-accent">
          <Sparkline
            label={t.channels.probeTimes}
            values={probes.toReversed().map(({ ok, tookMs }) => (ok ? tookMs : undefined))}
            format={format.duration}
          />
        </div>
      ) : null}
      <ul className="flex flex-col gap-1 text-sm">
        {probes.slice(0, LISTED).map(({ position, time, ok, steps, tookMs }) => (
          <li key={position} className="flex items-baseline gap-3">
            <Link
              href={eventsUrl({ range: 'all', selected: position })}
              className={`min-w-0 flex-1 truncate hover:underline ${ok ? 'text-ink-2' : 'text-bad'}`}
            >
              {ok ? t.channels.probeOk(format.duration(tookMs)) : t.channels.probeBad(steps.find((step) => !step.ok)?.name ?? '')}
            </Link>
            <Time value={time} className="shrink-0 text-xs text-ink-3" />
          </li>
        ))}
      </ul>
    </section>
  );
}
