'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorState } from '../../ui/states.tsx';
import type { ConfigFile, Draft } from './use-draft.ts';

type FromReplayProps = {
  readonly run: string;
  readonly draft: Draft;
  readonly file: ConfigFile;
  /** `taken`: its configuration is the draft now. */
  readonly onDone: (taken: boolean) => void;
};

/** Makes the configuration that a replay tried the draft; asks first where there is another one. */
export function FromReplay({ run, draft, file, onDone }: FromReplayProps) {
  const t = useT();
  const found = useQuery({ ...trpc.replays.get.queryOptions({ id: run }), retry: false });
  const text = found.data?.run.change.config;
  const isText = text !== undefined && text !== 'current';
  const take = () => {
    if (isText) draft.begin({ base: file.text, baseHash: file.hash, text });
    onDone(true);
  };
  const { dirty } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is taken once, when it arrives
  useEffect(() => {
    if (isText && !dirty) take();
  }, [isText]);
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data || (isText && !dirty)) return null;
  return (
    <div role="alert" className="mb-4 flex flex-wrap items-center gap-3 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
      {isText ? t.config.replaceDraft : t.config.noneTried}
      <span className="ml-auto flex gap-2">
        {isText ? <Button onClick={take}>{t.config.takeTried}</Button> : null}
        <Button onClick={() => onDone(false)}>{isText ? t.config.keepDraft : t.common.close}</Button>
      </span>
    </div>
  );
}
