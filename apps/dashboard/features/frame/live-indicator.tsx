'use client';
import Pause from 'lucide-react/icons/pause';
import Play from 'lucide-react/icons/play';
import { togglePaused, useFeed } from '../../data/feed.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';

/** Whether the page follows the gateway, and up to which event. A click pauses and resumes. */
export function LiveIndicator() {
  const t = useT();
  const format = useFormat();
  const { connection, head, paused, lagMs } = useFeed((feed) => feed);
  const text = paused ? t.frame.paused : connection === 'live' ? t.frame.live(format.number(head)) : t.frame[connection];
  const dot = paused ? 'bg-ink-3' : connection === 'live' ? 'bg-ok' : 'bg-warn animate-pulse-soft';
  const action = paused ? t.frame.resumeLive : t.frame.pauseLive;
  const Icon = paused ? Play : Pause;
  return (
    <button
      type="button"
      title={action}
      onClick={togglePaused}
      className="group flex h-8 min-w-0 items-center gap-2 rounded-md px-2 text-xs text-ink-2 figures hover:bg-sunken"
    >
      <span className={classNames('size-2 shrink-0 rounded-full', dot)} />
      <span data-testid="live-indicator" className="truncate">
        {text}
      </span>
      {connection === 'live' && !paused && lagMs !== undefined ? (
        <span className="text-ink-3 max-lg:hidden">{t.frame.lag(format.duration(lagMs))}</span>
      ) : null}
      <span className="sr-only">{action}</span>
      <Icon aria-hidden className="size-3 shrink-0 text-ink-3" />
    </button>
  );
}
