'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { eventsUrl } from '../frame/links.ts';
import { channelName } from './channel-name.ts';

type Channel = Outputs['overview']['summary']['channels'][number];
type Rate = Outputs['overview']['activity']['channels'][number];

const DOTS: Readonly<Record<string, string>> = {
  connected: 'bg-ok',
  connecting: 'bg-warn',
  degraded: 'bg-warn',
  draining: 'bg-warn',
  paused: 'bg-ink-3',
};

/** The channels: how each is, when something last came and went, and how much in the last hour. */
export function ChannelCards({ channels, rates }: { readonly channels: readonly Channel[]; readonly rates: readonly Rate[] | undefined }) {
  const t = useT();
  return (
    <Panel title={t.overview.channels} note={t.overview.lastHour}>
      {channels.length === 0 ? (
        <p className="px-4 py-5 text-sm text-ink-2">{t.overview.noChannels}</p>
      ) : (
        <ul className="max-h-96 divide-y divide-line overflow-y-auto scroll-quiet">
          {channels.map((channel) => (
            <li key={`${channel.channel}/${channel.account}`}>
              <Card channel={channel} rate={rates?.find((rate) => rate.channel === channel.channel)} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Card({ channel, rate }: { readonly channel: Channel; readonly rate: Rate | undefined }) {
  const t = useT();
  const format = useFormat();
  const state = channel.state ?? (channel.connected ? 'connected' : 'disconnected');
  const last = Math.max(channel.lastInboundAt ?? 0, channel.lastOutboundAt ?? 0);
  return (
    <Link href={eventsUrl({ channels: [channel.channel], range: '24h' })} className="block px-4 py-2.5 text-sm hover:bg-sunken">
      <span className="flex items-center gap-2">
        <span aria-hidden className={classNames('size-2 shrink-0 rounded-full', DOTS[state] ?? 'bg-bad')} />
        <span className="truncate font-medium">{channelName(channel)}</span>
        <span className={classNames('text-xs', channel.connected ? 'text-ink-3' : 'text-bad')}>{t.overview.channelStates[state]}</span>
        <span className="ml-auto shrink-0 text-xs text-ink-3 figures">
          {last > 0 ? format.ago(last, Date.now()) : t.overview.noMessageYet}
        </span>
      </span>
      <span className="mt-0.5 block pl-4 text-xs text-ink-3 figures">
        {t.overview.inOut(rate?.received ?? 0, rate?.delivered ?? 0)}
        {rate && rate.errors > 0 ? <span className="text-bad"> · {t.overview.errorCount(rate.errors)}</span> : null}
        {channel.queue ? ` · ${t.overview.waiting(channel.queue)}` : ''}
        {channel.problem ? <span className="block truncate text-bad">{channel.problem}</span> : null}
      </span>
    </Link>
  );
}
