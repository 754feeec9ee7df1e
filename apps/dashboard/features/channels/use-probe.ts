'use client';
import { useEffect, useRef, useState } from 'react';
import { client, type Outputs } from '../../data/trpc.ts';
import { useSayError } from '../../ui/said.tsx';

export type ProbeStep = Outputs['channels']['probes'][number]['steps'][number];
export type AccountProbe = { readonly steps: readonly ProbeStep[]; readonly ok?: boolean };
/** Whether a message follows to somebody once the probe of one account has passed, and what happens at the end. */
type Also = { readonly sendTo?: string | undefined; readonly onEnd?: () => void };
type Whom = { readonly channel?: string; readonly account?: string };

export const keyOf = (channel: string, account: string): string => `${channel}/${account}`;

/** Probes that this page began, by account, as their steps come. */
export function useProbe() {
  const sayError = useSayError();
  const [probes, setProbes] = useState<ReadonlyMap<string, AccountProbe>>(new Map());
  const [running, setRunning] = useState(false);
  const stop = useRef<() => void>(undefined);
  useEffect(() => () => stop.current?.(), []);

  const start = (whom: Whom, { sendTo, onEnd }: Also = {}) => {
    stop.current?.();
    setProbes(new Map());
    setRunning(true);
    const end = () => {
      stop.current = undefined;
      subscription.unsubscribe();
      setRunning(false);
      onEnd?.();
    };
    const add = (key: string, change: (before: AccountProbe) => AccountProbe) =>
      setProbes((before) => new Map(before).set(key, change(before.get(key) ?? { steps: [] })));
    let passed: { readonly channel: string; readonly account: string } | undefined;
    const send = async (recipient: string) => {
      if (!passed) return;
      const { channel, account } = passed;
      const step = await client.channels.testMessage.mutate({ channel, account, recipient });
      add(keyOf(channel, account), ({ steps }) => ({ steps: [...steps, step], ok: step.ok }));
    };
    const subscription = client.channels.probe.subscribe(whom, {
      onData: (update) => {
        if (update.kind === 'end') {
          subscription.unsubscribe();
          if (sendTo === undefined) return end();
          return void send(sendTo).catch(sayError).finally(end);
        }
        const { channel, account } = update;
        if (update.kind === 'step') return add(keyOf(channel, account), ({ steps }) => ({ steps: [...steps, update.step] }));
        if (update.ok && sendTo !== undefined) passed = { channel, account };
        else add(keyOf(channel, account), ({ steps }) => ({ steps, ok: update.ok }));
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
