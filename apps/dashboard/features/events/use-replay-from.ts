'use client';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { client, trpc } from '../../data/trpc.ts';
import { newReplayUrl } from '../replay/replay-url.ts';
import { clauseFor } from './clause-for.ts';

type Place = { readonly position: number; readonly sessionId?: string | undefined; readonly correlationId?: string | undefined };

/**
 * Goes to the form for a replay of the session up to the end of the message that an event belongs to. Nothing for an event of no
 * session, and for whoever may not replay.
 */
export function useReplayFrom(event: Place | undefined): (() => void) | undefined {
  const router = useRouter();
  const me = useQuery(trpc.frame.me.queryOptions());
  const { position, sessionId, correlationId } = event ?? {};
  if (position === undefined || sessionId === undefined || !me.data?.permissions.includes('sessions.control')) return undefined;
  return () => void endOf(sessionId, correlationId, position).then((end) => router.push(newReplayUrl({ session: sessionId, to: end })));
}

/** The last event of a message in its session. */
async function endOf(sessionId: string, correlationId: string | undefined, position: number): Promise<number> {
  if (correlationId === undefined) return position;
  const query = `${clauseFor('corr', [correlationId])} ${clauseFor('session', [sessionId])}`;
  const { rows } = await client.events.list.query({ filter: { query }, limit: 1 });
  return Math.max(position, rows[0]?.position ?? 0);
}
