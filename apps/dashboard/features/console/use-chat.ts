'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { leaveForSignIn } from '../../data/sign-in-redirect.ts';
import { bodyOf, client, isSignedOut, type Outputs, trpc } from '../../data/trpc.ts';
import { randomUuid } from '../../data/uuid.ts';
import type { Problem } from '../../i18n/said.ts';
import type { Chosen } from './files.ts';
import { afterStep, type Streaming } from './stream.ts';

export type Turn = Outputs['console']['history']['turns'][number];

/** A message of this browser that the history does not show yet. */
export type Outgoing = {
  readonly key: string;
  readonly text: string;
  readonly files: readonly Chosen[];
  readonly state: 'sending' | 'failed' | 'committed';
  readonly messageId?: string;
  readonly problem?: Problem;
};

export type Chat = {
  readonly sessionId: string | undefined;
  readonly turns: readonly Turn[];
  readonly outgoing: readonly Outgoing[];
  readonly streams: ReadonlyMap<string, Streaming>;
  readonly loading: boolean;
  readonly error: unknown;
  readonly retryLoading: () => void;
  readonly send: (text: string, files: readonly Chosen[]) => void;
  /** The same message again: the gateway takes it once. */
  readonly resend: (key: string) => void;
  readonly stop: () => void;
};

const REFRESH_MS = 250;

/** A chat with the agent: its history from the log, what is on its way there, and what is being answered. */
export function useChat(name: string): Chat {
  const cache = useQueryClient();
  const chat = useQuery({ ...trpc.console.chat.queryOptions({ chat: name }), staleTime: Number.POSITIVE_INFINITY });
  const sessionId = chat.data?.sessionId;
  const historyOptions = trpc.console.history.queryOptions({ chat: name });
  const history = useQuery(historyOptions);
  const refresh = () => void cache.invalidateQueries({ queryKey: historyOptions.queryKey });
  useRefresh((row) => row.sessionId === sessionId, refresh, REFRESH_MS);
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

  const submit = async ({ key, text, files }: Pick<Outgoing, 'key' | 'text' | 'files'>) => {
    const mark = (change: Partial<Outgoing>) => setOutgoing((all) => all.map((item) => (item.key === key ? { ...item, ...change } : item)));
    mark({ state: 'sending' });
    try {
      const sent = await client.console.send.mutate({ chat: name, text, key, attachments: files.map(toAttachment) });
      mark({
        state: sent.status === 'accepted' ? 'committed' : 'failed',
        messageId: sent.messageId,
        ...(sent.status === 'rejected' ? { problem: sent.problem } : {}),
      });
      refresh();
    } catch (error) {
      if (isSignedOut(error)) return leaveForSignIn();
      const body = bodyOf(error);
      mark({ state: 'failed', ...(body ? { problem: body } : {}) });
    }
  };

  return {
    sessionId,
    turns,
    outgoing: outgoing.filter((item) => item.messageId === undefined || !known.has(item.messageId)),
    streams,
    loading: chat.isLoading || history.isLoading,
    error: chat.error ?? history.error,
    retryLoading: () => void (chat.error ? chat.refetch() : history.refetch()),
    send: (text, files) => {
      const item = { key: randomUuid(), text, files, state: 'sending' } as const;
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

function toAttachment({ name, mimeType, data }: Chosen) {
  return { data, ...(name && { name }), ...(mimeType && { mimeType }) };
}
