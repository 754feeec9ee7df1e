'use client';
import { type QueryKey, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Said, useSayError } from '../../ui/said.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { eventsUrl, sessionUrl } from '../frame/links.ts';

const REFRESH_MS = 1_000;

type Message = Outputs['channels']['messages']['rows'][number];
type Page = Outputs['channels']['messages'];

const TONES: Partial<Record<Message['status'], Tone>> = {
  delivered: 'ok',
  dead_lettered: 'bad',
  rejected: 'warn',
  held: 'warn',
  running: 'accent',
  delivering: 'accent',
};

type ListProps = {
  readonly label: string;
  readonly queryKey: QueryKey;
  readonly load: (before: number | undefined, signal: AbortSignal) => Promise<Page>;
  readonly mayResend: boolean;
  readonly empty: ReactNode;
};

/** Messages with how far their replies came; each opens to the attempts, and one that was given up can be sent again. */
export function MessageList({ label, queryKey, load, mayResend, empty }: ListProps) {
  const cache = useQueryClient();
  const pages = useInfiniteQuery({
    queryKey: [...queryKey, 'pages'],
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    ({ type }) => /^(message|delivery)\./.test(type),
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  if (pages.error && !pages.data) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  if (!pages.data) return <Skeleton lines={6} className="p-4" />;
  const rows = pages.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0 && !pages.hasNextPage) return empty;
  return (
    <>
      <ul aria-label={label} className="divide-y divide-line">
        {rows.map((row) => (
          <MessageRow key={row.messageId} message={row} mayResend={mayResend} />
        ))}
      </ul>
      <LoadMore pages={pages} />
    </>
  );
}

function MessageRow({ message, mayResend }: { readonly message: Message; readonly mayResend: boolean }) {
  const t = useT();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { messageId, sessionId, status, text, reply, problem, attempts, receivedAt } = message;
  const href = sessionId === undefined ? eventsUrl({ correlationId: messageId, range: 'all' }) : sessionUrl(sessionId, messageId);
  return (
    <li data-message={messageId} className="flex flex-col gap-1.5 px-4 py-2.5 text-sm">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <Link href={href} className="line-clamp-2 min-w-0 flex-1 basis-60 foreign-text hover:text-accent hover:underline">
          {text || messageId}
        </Link>
        <Badge tone={TONES[status] ?? 'neutral'}>{t.status[status]}</Badge>
        <Time value={receivedAt} className="w-20 shrink-0 text-right text-xs leading-5 text-ink-3" />
      </div>
      {reply === undefined ? null : (
        <p className="line-clamp-2 text-ink-2 foreign-text">
          <span className="text-ink-3">{t.channels.reply}: </span>
          {reply}
        </p>
      )}
      {problem ? (
        <p className="text-bad foreign-text">
          <span className="font-mono text-xs">{problem.code}</span> <Said problem={problem} />
        </p>
      ) : null}
      <div className="flex flex-wrap items-center gap-2">
        {attempts > 0 ? (
          <Button look="quiet" aria-expanded={open} onClick={() => setOpen(!open)} className="-ml-3 h-7 text-xs">
            {open ? t.channels.hideAttempts : t.channels.showAttempts} ({format.number(attempts)})
          </Button>
        ) : null}
        {(status === 'dead_lettered' || status === 'held') && reply !== undefined && mayResend ? <Resend messageId={messageId} /> : null}
      </div>
      {open ? <Attempts messageId={messageId} /> : null}
    </li>
  );
}

function Resend({ messageId }: { readonly messageId: string }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const onSettled = () => {
    setAsking(false);
    void cache.invalidateQueries(trpc.channels.pathFilter());
  };
  const resubmit = useMutation(
    trpc.channels.resubmit.mutationOptions({
      onSuccess: ({ repeated }) => toast(repeated ? t.channels.resentBefore : t.channels.resent),
      onError: sayError,
      onSettled,
    }),
  );
  const discard = useMutation(
    trpc.channels.discard.mutationOptions({ onSuccess: () => toast(t.channels.discarded), onError: sayError, onSettled }),
  );
  const busy = resubmit.isPending || discard.isPending;
  return (
    <>
      <Button disabled={busy} onClick={() => resubmit.mutate({ messageId })} className="h-7">
        {t.channels.resend}
      </Button>
      <Button look="danger" disabled={busy} onClick={() => setAsking(true)} className="h-7">
        {t.channels.discard}
      </Button>
      <ConfirmDialog
        open={asking}
        title={t.channels.discardTitle}
        action={t.channels.discard}
        danger
        reason="optional"
        busy={busy}
        onConfirm={(reason) => discard.mutate({ messageId, ...(reason && { reason }) })}
        onClose={() => setAsking(false)}
      >
        <p>{t.channels.discardWhat}</p>
      </ConfirmDialog>
    </>
  );
}

function Attempts({ messageId }: { readonly messageId: string }) {
  const attempts = useQuery(trpc.channels.attempts.queryOptions({ messageId }));
  if (!attempts.data) return <Skeleton lines={2} />;
  return (
    <ol className="flex flex-col gap-1 border-l-2 border-line pl-3 text-xs">
      {attempts.data.map(({ position, time, summary, severity }) => (
        <li key={position} className="flex gap-3">
          <Link
            href={eventsUrl({ range: 'all', selected: position })}
            className={`min-w-0 flex-1 hover:underline ${severity === 'error' ? 'text-bad' : 'text-ink-2'}`}
          >
            {summary}
          </Link>
          <Time value={time} as="clock" className="shrink-0 text-ink-3" />
        </li>
      ))}
    </ol>
  );
}
