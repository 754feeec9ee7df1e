'use client';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { PIECE, type Piece, piecesAround, stateIn, type Tick } from './steps.ts';

const DEBOUNCE_MS = 30;

/** The state of a session at one of its events, and the state before it. Pieces of its history are fetched before they are needed. */
export function useStateAt(sessionId: string, ticks: readonly Tick[], index: number) {
  const wanted = useDebounced(index);
  const starts = piecesAround(wanted, ticks.length);
  const queries = useQueries({
    queries: starts.map((start) => {
      const chunk = ticks.slice(start, start + PIECE);
      return {
        ...trpc.history.steps.queryOptions({ sessionId, at: chunk[0]?.position ?? 1, count: chunk.length - 1 }),
        // What happened stays as it is; only the last piece grows, and then it is another question.
        staleTime: Number.POSITIVE_INFINITY,
        placeholderData: keepPreviousData,
      };
    }),
  });
  const own = queries[0];
  const piece = own?.isPlaceholderData ? undefined : (own?.data as Piece | undefined);
  const position = ticks[wanted]?.position;
  const shown = useMemo(() => (piece && position !== undefined ? stateIn(piece, position) : undefined), [piece, position]);
  return {
    shown,
    earlierEntries: own?.data?.earlierEntries ?? 0,
    error: own?.error ?? undefined,
    retry: () => void own?.refetch(),
  };
}

function useDebounced(value: number): number {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
