'use client';
import type { ReactNode } from 'react';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { eventsUrl } from '../frame/links.ts';

/** The four figures one looks at first. Each leads to the events behind it. */
export function Tiles({ summary }: { readonly summary: Outputs['overview']['summary'] }) {
  const t = useT();
  const format = useFormat();
  const { receivedPerMinute, deliveredPerMinute, replyMs, errorsLastHour, settledLastHour, givenUpLastHour, unsettled, oldestUnsettledAt } =
    summary;
  const givenUpShare = settledLastHour === 0 ? 0 : (givenUpLastHour / settledLastHour) * 100;
  const ms = (value: number | undefined) => (value === undefined ? '–' : format.duration(value));
  return (
    <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Tile href={eventsUrl({ types: ['message.*'], range: '1h' })} title={t.overview.messages} detail={t.overview.messagesDetail}>
        {format.decimal(receivedPerMinute)}
        <Slash />
        {format.decimal(deliveredPerMinute)}
      </Tile>
      <Tile
        href={eventsUrl({ types: ['message.delivered', 'run.completed'], range: '1h' })}
        title={t.overview.replyTime}
        detail={t.overview.replyDetail(replyMs.sample)}
      >
        {ms(replyMs.p50)}
        <Slash />
        {ms(replyMs.p95)}
      </Tile>
      <Tile
        href={eventsUrl({ severities: ['error'], range: '1h' })}
        title={t.overview.errors}
        detail={t.overview.errorsDetail(settledLastHour, errorsLastHour)}
        bad={givenUpLastHour > 0}
      >
        {format.decimal(givenUpShare)} %
      </Tile>
      <Tile
        href="/sessions/?open=true"
        title={t.overview.queue}
        detail={t.overview.queueDetail(oldestUnsettledAt === undefined ? undefined : format.duration(Date.now() - oldestUnsettledAt))}
      >
        {format.number(unsettled)}
      </Tile>
    </ul>
  );
}

type TileProps = {
  readonly href: string;
  readonly title: string;
  readonly detail: string;
  readonly bad?: boolean;
  readonly children: ReactNode;
};

function Tile({ href, title, detail, bad = false, children }: TileProps) {
  return (
    <li className="min-w-0">
      <Link href={href} className="flex h-full flex-col rounded-lg border border-line bg-surface px-4 py-3 hover:border-line-strong">
        <span className="text-xs font-medium text-ink-2">{title}</span>
        <span className={classNames('mt-1 flex flex-wrap items-baseline text-xl font-semibold figures sm:text-2xl', bad && 'text-bad')}>
          {children}
        </span>
        <span className="text-xs text-ink-3">{detail}</span>
      </Link>
    </li>
  );
}

function Slash() {
  return <span className="mx-1 font-normal sm:mx-1.5 text-ink-3">/</span>;
}
