'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';

export type Account = Outputs['channels']['list']['accounts'][number];

const TONES: Record<Account['state'], Tone> = {
  connecting: 'accent',
  connected: 'ok',
  degraded: 'warn',
  disconnected: 'bad',
  paused: 'warn',
  draining: 'warn',
  stopped: 'neutral',
};

export function ChannelState({ state }: { readonly state: Account['state'] }) {
  const t = useT();
  return <Badge tone={TONES[state]}>{t.channels.state[state]}</Badge>;
}
