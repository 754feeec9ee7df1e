'use client';
import { useEffect, useRef, useState } from 'react';
import { client, type Outputs } from '../../data/trpc.ts';
import { useSayError } from '../../ui/said.tsx';

export type ProbeStep = Outputs['channels']['probes'][number]['steps'][number];
export type AccountProbe = { readonly steps: readonly ProbeStep[]; readonly ok?: boolean };
type Whom = { readonly channel?: string; readonly account?: string };

export const keyOf = (channel: string, account: string): string => `${channel}/${account}`;

/** Probes that this page began, by account, as their steps come. */
export function useProbe() {
  const sayError = useSayError();
  const [probes, setProbes] = useState<ReadonlyMap<string, AccountProbe>>(new Map());
  const [running, setRunning] = useState(false);
  const stop = useRef<() => void>(undefined);
  useEffect(() => () => stop.current?.(), []);

  const start = (whom: Whom, onEnd?: () => void) => {
    stop.current?.();
    setProbes(new Map());
    setRunning(true);
    const end = () => {
      stop.current = undefined;
      subscription.unsubscribe();
      setRunning(false);
      onEnd?.();
    };
    const subscription = client.channels.probe.subscribe(whom, {
      onData: (update) => {
        if (update.kind === 'end') return end();
        const key = keyOf(update.channel, update.account);
        setProbes((before) => {
          const { steps, ...rest } = before.get(key) ?? { steps: [] };
          const next = update.kind === 'step' ? { ...rest, steps: [...steps, update.step] } : { steps, ok: update.ok };
          return new Map(before).set(key, next);
        });
      },
      onError: (error) => {
        sayError(error);
        end();
      },
    });
    stop.current = () => subscription.unsubscribe();
  };
  return { probes, running, start };
}
