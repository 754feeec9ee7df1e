'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { client, type Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';

type Preview = Outputs['config']['impact'];
type Decision = Preview['changes'][number]['before'];

const TONES = { looser: 'bad', stricter: 'warn', 'route changed': 'accent' } as const;

/** What the draft would have done with the last messages. It is worked out in another process, and can be cancelled. */
export function Impact({ text, hash }: { readonly text: string; readonly hash: string }) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const queryKey = ['config', 'impact', text, hash];
  const preview = useQuery({
    queryKey,
    queryFn: ({ signal }) => client.config.impact.mutate({ text }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (preview.data) return <Report preview={preview.data} />;
  if (preview.error) return <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />;
  if (preview.fetchStatus === 'idle') {
    return <Button onClick={() => void preview.refetch()}>{t.config.impactStart}</Button>;
  }
  return (
    <div className="flex items-center gap-3">
      <p role="status" className="text-sm text-ink-2">
        {t.config.impactRunning(format.number(1000))}
      </p>
      <Skeleton lines={1} className="w-24" />
      <Button onClick={() => void cache.cancelQueries({ queryKey })}>{t.config.cancel}</Button>
    </div>
  );
}

function Report({ preview }: { readonly preview: Preview }) {
  const t = useT();
  const format = useFormat();
  const { messages, counts, changes, notShown, unfaithful, withoutConfig } = preview;
  const otherwise = messages - counts.identical - unfaithful;
  if (messages === 0) return <p className="text-sm text-ink-2">{t.config.impactNothing}</p>;
  return (
    <div className="flex flex-col gap-2">
      <p data-testid="impact" className="text-sm font-medium">
        {otherwise === 0
          ? t.config.impactNone(format.number(messages))
          : t.config.impactSome(format.number(otherwise), format.number(messages))}
      </p>
      <p className="flex flex-wrap gap-2">
        {(['looser', 'stricter', 'route changed'] as const).map((verdict) =>
          counts[verdict] === 0 ? null : (
            <Badge key={verdict} tone={TONES[verdict]}>
              {t.config.verdicts[verdict]}: {format.number(counts[verdict])}
            </Badge>
          ),
        )}
      </p>
      {unfaithful > 0 ? <p className="text-xs text-ink-3">{t.config.impactUnfaithful(format.number(unfaithful))}</p> : null}
      {withoutConfig > 0 ? <p className="text-xs text-ink-3">{t.config.impactWithout(format.number(withoutConfig))}</p> : null}
      {changes.length === 0 ? null : (
        <ul className="max-h-72 divide-y divide-line overflow-auto rounded-md border border-line text-xs">
          {changes.map(({ verdict, position, messageId, channel, before, after }) => (
            <li key={messageId} className="flex flex-col gap-1 px-3 py-2">
              <span className="flex flex-wrap items-center gap-2">
                <Badge tone={TONES[verdict]}>{t.config.verdicts[verdict]}</Badge>
                <a href={eventsUrl({ range: 'all', selected: position })} className="text-accent underline figures">
                  {format.number(position)}
                </a>
                <span className="text-ink-3">{channel}</span>
              </span>
              <span className="text-ink-2">
                <Said decision={before} /> <span aria-hidden>→</span> <Said decision={after} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {notShown > 0 ? <p className="text-xs text-ink-3">{t.config.impactMore(format.number(notShown))}</p> : null}
    </div>
  );
}

function Said({ decision: { allowed, rule, route } }: { readonly decision: Decision }) {
  const t = useT();
  if (!route) return <span>{allowed ? t.config.admittedBy(rule) : t.config.refusedBy(rule)}</span>;
  return <span>{t.config.routedTo(route.agentId, route.model)}</span>;
}
