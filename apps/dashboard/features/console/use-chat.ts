'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { bodyOf, client, isSignedOut, type Outputs, trpc } from '../../data/trpc.ts';
import { leaveForSignIn } from '../../data/sign-in-redirect.ts';
import { randomUuid } from '../../data/uuid.ts';
import { afterStep, type Streaming } from './stream.ts';

export type Turn = Outputs['sessions']['get']['turns'][number];

/** A message of this browser that the history does not show yet. */
export type Outgoing = {
  readonly key: string;
  readonly text: string;
  readonly state: 'sending' | 'failed' | 'committed';
  readonly messageId?: string;
  readonly problem?: string;
};

export type Chat = {
  readonly sessionId: string | undefined;
  readonly turns: readonly Turn[];
  readonly outgoing: readonly Outgoing[];
  readonly streams: ReadonlyMap<string, Streaming>;
  readonly loading: boolean;
  readonly error: unknown;
  readonly retryLoading: () => void;
  readonly send: (text: string) => void;
  /** The same message again: the gateway takes it once. */
  readonly resend: (key: string) => void;
  readonly stop: () => void;
};

const TURNS = 50;
const REFRESH_MS = 250;

/** A chat with the agent: its history from the log, what is on its way there, and what is being answered. */
export function useChat(name: string): Chat {
  const cache = useQueryClient();
  const chat = useQuery({ ...trpc.console.chat.queryOptions({ chat: name }), staleTime: Number.POSITIVE_INFINITY });
  const sessionId = chat.data?.sessionId;
  const history = useHistory(sessionId);
  const [outgoing, setOutgoing] = useState<readonly Outgoing[]>([]);
  const [streams, setStreams] = useState<ReadonlyMap<string, Streaming>>(new Map());

  useSubscription(
    trpc.console.progress.subscriptionOptions(
      { chat: name },
      {
        onData: (updates) => setStreams((now) => updates.reduce((all, { messageId, step }) => afterStep(all, messageId, step), now)),
      },
    ),
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chat begins with nothing on its way
  useEffect(() => {
    setOutgoing([]);
    setStreams(new Map());
  }, [name]);

  const turns = history.data?.turns ?? [];
  const known = new Set(turns.map((turn) => turn.messageId));

  const submit = async ({ key, text }: Pick<Outgoing, 'key' | 'text'>) => {
    const mark = (change: Partial<Outgoing>) => setOutgoing((all) => all.map((item) => (item.key === key ? { ...item, ...change } : item)));
    mark({ state: 'sending' });
    try {
      const sent = await client.console.send.mutate({ chat: name, text, key });
      mark({
        state: sent.status === 'accepted' ? 'committed' : 'failed',
        messageId: sent.messageId,
        ...(sent.status === 'rejected' ? { problem: sent.problem.message } : {}),
      });
      if (sessionId) void cache.invalidateQueries(trpc.sessions.get.pathFilter());
    } catch (error) {
      if (isSignedOut(error)) return leaveForSignIn();
      const body = bodyOf(error);
      mark({ state: 'failed', ...(body ? { problem: `${body.message} ${body.remedy}` } : {}) });
    }
  };

  return {
    sessionId,
    turns,
    outgoing: outgoing.filter((item) => item.messageId === undefined || !known.has(item.messageId)),
    streams,
    loading: chat.isPending || (history.isPending && !history.error),
    error: chat.error ?? history.error,
    retryLoading: () => void (chat.error ? chat.refetch() : history.refetch()),
    send: (text) => {
      const item = { key: randomUuid(), text, state: 'sending' } as const;
      setOutgoing((all) => [...all, item]);
      void submit(item);
    },
    resend: (key) => {
      const item = outgoing.find((candidate) => candidate.key === key);
      if (item) void submit(item);
    },
    stop: () => void client.console.stop.mutate({ chat: name }).catch((error: unknown) => isSignedOut(error) && leaveForSignIn()),
  };
}

/** The chat's turns as the log has them; none while nothing was said. */
function useHistory(sessionId: string | undefined) {
  const cache = useQueryClient();
  const queryKey = [...trpc.sessions.get.queryKey({ sessionId: sessionId ?? '', limit: TURNS }), 'chat'];
  const history = useQuery({
    queryKey,
    enabled: sessionId !== undefined,
    queryFn: async () => {
      try {
        const { turns } = await client.sessions.get.query({ sessionId: sessionId ?? '', limit: TURNS });
        return { turns };
      } catch (error) {
        if (bodyOf(error)?.code === 'SESSION_NOT_FOUND') return { turns: [] };
        throw error;
      }
    },
  });
  useRefresh(
    (row) => row.sessionId === sessionId,
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  return history;
}
