'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Popover } from '../../ui/popover.tsx';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { LEVELS, type Level } from './log-filter.ts';

const FOR_MS = 15 * 60_000;
const POLL_MS = 30_000;

/** What is written, what was lost, and the way to see more for a while. */
export function LevelControl() {
  const t = useT();
  const format = useFormat();
  const state = useQuery({ ...trpc.logs.level.queryOptions(), refetchInterval: POLL_MS });
  const me = useQuery(trpc.frame.me.queryOptions());
  if (!state.data) return null;
  const { level, configured, until, lostLines } = state.data;
  const allowed = me.data?.permissions.includes('gateway.control') === true;
  return (
    <div className="ml-auto flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-3">
      <span className={lostLines > 0 ? 'font-medium text-bad' : ''}>{lostLines > 0 ? t.logs.lost(lostLines) : t.logs.noneLost}</span>
      <span data-testid="log-level">
        {t.logs.writes(t.logs.level[level])}
        {until === undefined ? '' : ` ${t.logs.until(format.minute(until), t.logs.level[configured])}`}
      </span>
      <Popover label={t.logs.change} button={t.logs.change}>
        {(close) => <LevelForm level={level} allowed={allowed} onDone={close} />}
      </Popover>
    </div>
  );
}

function LevelForm({ level, allowed, onDone }: { readonly level: Level; readonly allowed: boolean; readonly onDone: () => void }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [wanted, setWanted] = useState<Level>('debug');
  const change = useMutation(
    trpc.logs.setLevel.mutationOptions({
      onSuccess: (state) => {
        cache.setQueryData(trpc.logs.level.queryKey(), state);
        toast(t.logs.changed(t.logs.level[state.level]));
        onDone();
      },
      onError: sayError,
    }),
  );
  return (
    <div className="flex w-64 flex-col gap-3">
      <p className="text-sm text-ink-2">{t.logs.changeLead}</p>
      <Select
        label={t.logs.newLevel}
        value={wanted}
        choices={LEVELS.map((value) => ({ value, title: t.logs.level[value] }))}
        onChange={setWanted}
        disabled={!allowed}
      />
      {allowed ? null : <p className="text-xs text-warn">{t.logs.needsControl}</p>}
      <Button
        look="primary"
        className="self-end"
        disabled={!allowed || change.isPending || wanted === level}
        onClick={() => change.mutate({ level: wanted, forMs: FOR_MS })}
      >
        {t.logs.apply}
      </Button>
    </div>
  );
}
