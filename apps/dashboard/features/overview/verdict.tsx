'use client';
import CircleCheck from 'lucide-react/icons/circle-check';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { channelUrl } from '../frame/links.ts';
import { channelName } from './channel-name.ts';

type VerdictProps = { readonly summary: Outputs['overview']['summary']; readonly attention: number | undefined };

/** One sentence: is it well? And which channel is not. */
export function Verdict({ summary, attention }: VerdictProps) {
  const t = useT();
  const format = useFormat();
  const { channels, phase } = summary;
  const connected = channels.filter((channel) => channel.connected).length;
  const down = channels.find((channel) => !channel.connected && channel.state !== 'paused');
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
          <Link href="/channels/" className="underline decoration-line-strong">
            {channels.length === 0 ? t.overview.noChannels : t.overview.channelsConnected(connected, channels.length)}
          </Link>
          {down?.since === undefined ? null : (
            <>
              {' '}
              <Link href={channelUrl(down.channel, down.account)} className="underline decoration-line-strong">
                {t.overview.downSince(channelName(down), format.minute(down.since))}
              </Link>
            </>
          )}
        </span>
      </span>
    </p>
  );
}
