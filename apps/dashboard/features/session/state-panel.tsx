'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PatchList } from './patch-list.tsx';
import type { Tick } from './steps.ts';
import { useStateAt } from './use-state-at.ts';

const TABS = ['state', 'changes', 'context'] as const;

/** Two events between which the changes are shown. */
export type Markers = { readonly a: number | null; readonly b: number | null };

type StatePanelProps = {
  readonly sessionId: string;
  readonly ticks: readonly Tick[];
  readonly index: number;
  readonly markers: Markers;
  readonly onMark: (markers: Partial<Markers>) => void;
};

/** What the conversation was at the chosen event, what that event changed, and what the model had been shown. */
export function StatePanel({ sessionId, ticks, index, markers, onMark }: StatePanelProps) {
  const t = useT();
  const [tab, setTab] = useState<(typeof TABS)[number]>('state');
  const position = ticks[index]?.position ?? 0;
  return (
    <Panel title={t.timeTravel.stateAt(position)} actions={<MarkerButtons position={position} markers={markers} onMark={onMark} />}>
      <Tabs
        label={t.timeTravel.stateAt(position)}
        tabs={TABS.map((name) => ({ name, title: t.timeTravel.tabs[name] }))}
        selected={tab}
        onSelect={setTab}
      >
        <div className="max-h-[32rem] min-h-40">
          {tab === 'state' ? <State sessionId={sessionId} ticks={ticks} index={index} /> : null}
          {tab === 'changes' ? <Changes sessionId={sessionId} ticks={ticks} index={index} markers={markers} /> : null}
          {tab === 'context' ? <Context sessionId={sessionId} position={position} /> : null}
        </div>
      </Tabs>
    </Panel>
  );
}

function MarkerButtons({
  position,
  markers: { a, b },
  onMark,
}: Pick<StatePanelProps, 'markers' | 'onMark'> & { readonly position: number }) {
  const t = useT();
  return (
    <>
      {(['a', 'b'] as const).map((name) => (
        <Button
          key={name}
          look="quiet"
          className="h-7 px-2 text-xs"
          title={t.timeTravel.setMarker(name.toUpperCase())}
          onClick={() => onMark({ [name]: position })}
        >
          {name.toUpperCase()}
          <span className="figures text-ink-3">{(name === 'a' ? a : b) ?? '–'}</span>
        </Button>
      ))}
      {a === null && b === null ? null : (
        <Button look="quiet" className="h-7 px-2 text-xs" onClick={() => onMark({ a: null, b: null })}>
          {t.common.clear}
        </Button>
      )}
    </>
  );
}

type AtIndex = Pick<StatePanelProps, 'sessionId' | 'ticks' | 'index'>;

function State(props: AtIndex) {
  const { shown, earlierEntries, error, retry } = useStateAt(props.sessionId, props.ticks, props.index);
  const t = useT();
  if (!shown) return error ? <ErrorState error={error} onRetry={retry} /> : <Skeleton className="p-4" lines={6} />;
  return (
    <>
      {earlierEntries > 0 ? <Note>{t.timeTravel.earlierEntries(earlierEntries)}</Note> : null}
      <JsonTree value={shown.state} />
    </>
  );
}

function Changes({ markers: { a, b }, ...props }: AtIndex & { readonly markers: Markers }) {
  return a !== null && b !== null ? <Between sessionId={props.sessionId} a={a} b={b} /> : <OfOne {...props} />;
}

function OfOne({ sessionId, ticks, index }: AtIndex) {
  const t = useT();
  const now = useStateAt(sessionId, ticks, index);
  const before = useStateAt(sessionId, ticks, Math.max(0, index - 1));
  if (!now.shown || !before.shown) {
    return now.error ? <ErrorState error={now.error} onRetry={now.retry} /> : <Skeleton className="p-4" lines={4} />;
  }
  if (index === 0) return <Note>{t.timeTravel.first}</Note>;
  // The first event of a piece comes with the state after it; what it changed is between that and the piece before.
  const patch = now.shown.patch;
  if (!patch) return <Between sessionId={sessionId} a={ticks[index - 1]?.position ?? 0} b={ticks[index]?.position ?? 0} />;
  return (
    <>
      <Note>{t.timeTravel.changesOf(ticks[index - 1]?.position ?? 0, ticks[index]?.position ?? 0)}</Note>
      <PatchList patch={patch} before={before.shown.state} />
    </>
  );
}

function Between({ sessionId, a, b }: { readonly sessionId: string; readonly a: number; readonly b: number }) {
  const t = useT();
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const query = useQuery({
    ...trpc.history.session.queryOptions({ sessionId, at: String(from), to: String(to) }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {({ state, patch = [] }) => (
        <>
          <Note>{patch.length === 0 ? t.timeTravel.noChanges(from, to) : t.timeTravel.changesOf(from, to)}</Note>
          <PatchList patch={patch} before={state} />
        </>
      )}
    </Loaded>
  );
}

function Context({ sessionId, position }: { readonly sessionId: string; readonly position: number }) {
  const t = useT();
  const format = useFormat();
  const query = useQuery({
    ...trpc.history.context.queryOptions({ sessionId, at: position }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {({ context }) => {
        if (!context) return <Note>{t.timeTravel.noContext}</Note>;
        return (
          <>
            <Note>
              <Badge tone={context.exact ? 'ok' : 'warn'} className="mr-2">
                {context.exact ? t.timeTravel.exact : t.timeTravel.notExact}
              </Badge>
              {t.timeTravel.contextOf(context.provider, context.step, context.position, format.clock(context.time))}{' '}
              {context.exact ? t.timeTravel.exactWhy : t.timeTravel.notExactWhy}
            </Note>
            <JsonTree key={context.position} value={context.request} />
          </>
        );
      }}
    </Loaded>
  );
}

function Note({ children }: { readonly children: ReactNode }) {
  return <p className="px-4 pt-3 text-xs text-ink-2">{children}</p>;
}
