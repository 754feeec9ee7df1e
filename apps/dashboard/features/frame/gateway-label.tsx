'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';

/** Which gateway this is: the address by which it is open, and a colour of its own, so that nobody takes one for another. */
export function GatewayLabel() {
  const t = useT();
  const gateway = useQuery(trpc.frame.gateway.queryOptions());
  const id = gateway.data?.gatewayId;
  if (id === undefined) return null;
  const { host } = window.location;
  return (
    <p title={t.frame.gateway(host, id)} className="flex shrink-0 items-center gap-2 text-xs font-medium">
      <span aria-hidden className="size-3 shrink-0 rounded-sm" style={{ background: `oklch(0.62 0.17 ${hueOf(id)})` }} />
      <span className="max-w-48 truncate max-lg:sr-only">{host}</span>
    </p>
  );
}

/** Far apart for ids that differ in a few characters. */
function hueOf(id: string): number {
  return [...id].reduce((hue, character) => (hue * 31 + character.charCodeAt(0)) % 360, 0);
}
