'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { eventsUrl, sessionUrl } from '../frame/links.ts';
import type { AttentionItem } from './attention-list.tsx';

/** The one thing to do about it, for those who may: a button where this page can do it, a command where it cannot. */
export function AttentionAction({ item }: { readonly item: AttentionItem }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const me = useQuery({ ...trpc.frame.me.queryOptions(), staleTime: Number.POSITIVE_INFINITY });
  const [pending, setPending] = useState(false);
  const perform = async (act: () => Promise<unknown>) => {
    setPending(true);
    try {
      await act();
      toast(t.overview.done);
      await cache.invalidateQueries(trpc.overview.pathFilter());
    } catch (error) {
      sayError(error);
    } finally {
      setPending(false);
    }
  };
  const mayControl = me.data?.permissions.includes('sessions.control') ?? false;
  const { kind, messageId, sessionId, code, example } = item;

  if ((kind === 'held' || kind === 'dead_lettered') && messageId && mayControl) {
    return (
      <Button
        onClick={() => void perform(() => client.overview.resend.mutate({ messageId }))}
        disabled={pending}
        className="h-7 text-xs max-sm:mb-2 max-sm:ml-10"
      >
        {t.overview.resend}
      </Button>
    );
  }
  if (kind === 'quarantined' && sessionId && mayControl) {
    return (
      <Button
        onClick={() => void perform(() => client.overview.release.mutate({ sessionId }))}
        disabled={pending}
        className="h-7 text-xs max-sm:mb-2 max-sm:ml-10"
      >
        {t.overview.release}
      </Button>
    );
  }
  if (example && (kind === 'unsettled' || kind === 'rejected')) {
    return (
      <Link href={exampleUrl(example)} className={buttonLook('plain', 'h-7 text-xs max-sm:mb-2 max-sm:ml-10')}>
        {kind === 'rejected' ? t.overview.whyRejected : t.overview.openOldest}
      </Link>
    );
  }
  const command = commandFor(kind, code);
  if (!command) return null;
  return (
    <span className="flex items-center gap-1 rounded-md border border-line bg-sunken pl-2 max-sm:mb-2 max-sm:ml-10">
      <code className="min-w-0 font-mono text-2xs break-words">{command}</code>
      <CopyButton text={command} label={t.common.copyCommand} />
    </span>
  );
}

/** The conversation of the message with what holds it up, or the event that says why it was rejected. */
function exampleUrl({ sessionId, messageId, position }: NonNullable<AttentionItem['example']>): string {
  if (sessionId) return sessionUrl(sessionId, messageId);
  return eventsUrl({ ...(messageId && { correlationId: messageId }), range: 'all', selected: position });
}

function commandFor(kind: AttentionItem['kind'], code: string | undefined): string | undefined {
  switch (kind) {
    case 'approval':
      return code === undefined ? 'openclaw approvals list' : `openclaw approvals approve ${code}`;
    case 'config_pending':
      return 'openclaw gateway restart';
    case 'config_refused':
      return 'openclaw config changes';
    case 'channel_down':
      return 'openclaw channels status --probe';
    case 'alert':
      return 'openclaw alerts list';
    case 'projection_stopped':
    case 'projection_lagging':
      return 'openclaw status';
    default:
      return undefined;
  }
}
