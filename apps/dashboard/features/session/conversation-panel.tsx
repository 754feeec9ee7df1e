'use client';
import { Fragment, useEffect } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { LoadMore, type MorePages } from '../../ui/load-more.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import type { Turn } from './delivery-state.tsx';
import { useHover } from './hover.ts';
import type { Choices } from './importance.ts';
import { WeighedList } from './importance-chooser.tsx';
import type { Tick } from './steps.ts';
import { TurnView } from './turn-view.tsx';

type ConversationPanelProps = {
  readonly turns: readonly Turn[];
  readonly ticks: readonly Tick[];
  readonly chosen: string | undefined;
  readonly at: number | null;
  /** Whether the events between the texts are shown, too. */
  readonly machinery: boolean;
  readonly onMachinery: (shown: boolean) => void;
  readonly choices: Choices;
  /** Loads the events before those that are there, where there are any. */
  readonly earlier: (() => void) | undefined;
  readonly onSelect: (messageId: string) => void;
  readonly onMove: (position: number) => void;
  readonly pages: MorePages;
};

/** What the people of the conversation saw, and on request what went on behind it. */
export function ConversationPanel(props: ConversationPanelProps) {
  const { turns, ticks, chosen, at, machinery, onMachinery, choices, earlier, onSelect, onMove, pages } = props;
  const t = useT();
  const found = turns.some((turn) => turn.messageId === chosen);
  useEffect(() => {
    if (found && chosen) document.querySelector(`[data-message="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, found]);
  const toggle = (
    <label className="flex h-7 items-center gap-2 text-xs text-ink-2">
      <input
        type="checkbox"
        checked={machinery}
        onChange={(event) => onMachinery(event.target.checked)}
        className="size-4 accent-[var(--accent)]"
      />
      {t.sessions.machinery}
    </label>
  );
  const here = at === null ? undefined : turns.findLast((turn) => turn.position <= at)?.messageId;
  return (
    <Panel title={t.sessions.conversation} actions={toggle}>
      <ScrollArea label={t.sessions.conversation} className="flex max-h-[70rem] flex-col gap-1 overflow-y-auto p-2">
        <LoadMore pages={pages} title={t.sessions.older} className="" />
        {turns.map((turn) => (
          <Fragment key={turn.messageId}>
            <TurnView turn={turn} selected={turn.messageId === chosen} onSelect={onSelect}>
              {machinery ? (
                <Machinery
                  ticks={ticks.filter((tick) => tick.correlationId === turn.messageId)}
                  earlier={turn.position < (ticks[0]?.position ?? 0) ? earlier : undefined}
                  choices={choices}
                  at={at}
                  onMove={onMove}
                />
              ) : null}
            </TurnView>
            {turn.messageId === here && turn !== turns.at(-1) ? (
              <p className="flex items-center gap-3 px-3 py-1 text-xs text-accent before:h-px before:flex-1 before:bg-accent after:h-px after:flex-1 after:bg-accent">
                {t.timeTravel.here}
              </p>
            ) : null}
          </Fragment>
        ))}
      </ScrollArea>
    </Panel>
  );
}

type MachineryProps = Pick<ConversationPanelProps, 'ticks' | 'earlier' | 'choices' | 'at' | 'onMove'>;

/** So many events of a message are in the page until more are asked for. */
const SHOWN_TICKS = 100;

function Machinery({ ticks, earlier, choices, at, onMove }: MachineryProps) {
  const t = useT();
  const format = useFormat();
  const hover = useHover();
  return (
    <div className="flex flex-col rounded-md border border-line bg-surface py-1 text-xs">
      {earlier ? (
        <Button look="quiet" onClick={earlier} className="self-start">
          {t.timeTravel.earlier}
        </Button>
      ) : null}
      <WeighedList
        items={ticks}
        choices={choices}
        hasFailed={({ severity }) => severity === 'error'}
        step={SHOWN_TICKS}
        keyOf={({ position }) => String(position)}
        className="flex flex-col"
      >
        {(tick) => (
          <button
            type="button"
            aria-current={tick.position === at}
            onClick={() => onMove(tick.position)}
            onPointerEnter={() => hover.set(tick.position)}
            onPointerLeave={() => hover.set(undefined)}
            className={classNames(
              'grid min-h-6 w-full grid-cols-[6.5rem_minmax(0,11rem)_minmax(0,1fr)] items-center gap-2 px-3 text-left max-sm:grid-cols-[minmax(0,1fr)]',
              tick.position === at ? 'bg-accent-soft' : tick.position === hover.position ? 'bg-sunken' : '',
            )}
          >
            <span className="text-ink-3 figures max-sm:hidden">{format.clock(tick.time)}</span>
            <span className={classNames('truncate font-mono', tick.severity === 'error' && 'text-bad')}>{tick.type}</span>
            <span className="truncate text-ink-2">{tick.summary}</span>
          </button>
        )}
      </WeighedList>
    </div>
  );
}
