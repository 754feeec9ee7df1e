'use client';
import CircleCheck from 'lucide-react/icons/circle-check';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';

type VerdictProps = { readonly summary: Outputs['overview']['summary']; readonly attention: number | undefined };

/** One sentence: is it well? */
export function Verdict({ summary, attention }: VerdictProps) {
  const t = useT();
  const { channels, phase } = summary;
  const connected = channels.filter((channel) => channel.connected).length;
  const well = phase === 'ready' && !attention;
  const state =
    phase === 'starting'
      ? t.overview.starting
      : phase === 'stopping'
        ? t.overview.stopping
        : attention
          ? t.overview.needsYou(attention)
          : t.overview.healthy;
  return (
    <p className="flex items-start gap-2 text-lg" data-testid="verdict">
      {well ? (
        <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
      )}
      <span>
        <strong className="font-semibold">{state}</strong>{' '}
        <span className="text-ink-2">
          {channels.length === 0 ? t.overview.noChannels : t.overview.channelsConnected(connected, channels.length)}
        </span>
      </span>
    </p>
  );
}
