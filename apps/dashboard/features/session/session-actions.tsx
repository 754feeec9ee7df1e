'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import Download from 'lucide-react/icons/download';
import Ellipsis from 'lucide-react/icons/ellipsis';
import LinkIcon from 'lucide-react/icons/link';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import { useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook, IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { Link } from '../../ui/link.tsx';
import { Popover } from '../../ui/popover.tsx';
import { SaidError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { eventsUrl } from '../frame/links.ts';
import { newReplayUrl } from '../replay/replay-url.ts';
import { ReasonDialog } from './reason-dialog.tsx';

type Act = 'note' | 'cancel' | 'reset' | 'release' | 'hold' | 'unhold';

type SessionActionsProps = { readonly data: Outputs['sessions']['get']; readonly at: number | null };

/** What can be done with the conversation. Everything that changes something asks for a reason and is recorded. */
export function SessionActions({ data: { session, quarantine, hold }, at }: SessionActionsProps) {
  const t = useT();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<Act>();
  const { sessionId } = session;
  const perform = useMutation({
    mutationFn: async ({ act, reason }: { readonly act: Act; readonly reason: string }) => {
      if (act === 'note') await client.sessionActs.note.mutate({ sessionId, text: reason, ...(at === null ? {} : { about: at }) });
      else if (act === 'cancel') await client.sessionActs.cancel.mutate({ sessionId, reason });
      else if (act === 'reset') await client.sessionActs.reset.mutate({ sessionId, reason });
      else if (act === 'release') await client.sessionActs.release.mutate({ sessionId, reason, forget: false });
      else await client.sessionActs.hold.mutate({ sessionId, reason, held: act === 'hold' });
    },
    onSuccess: async (_, { act }) => {
      toast(t.sessions.acts[act].done);
      setAsking(undefined);
      await Promise.all([
        cache.invalidateQueries({ queryKey: trpc.sessions.pathKey() }),
        cache.invalidateQueries({ queryKey: trpc.history.pathKey() }),
      ]);
    },
  });
  const shown: readonly Act[] = [
    'note',
    ...(session.openMessages > 0 ? ['cancel' as const] : []),
    ...(quarantine ? ['release' as const] : []),
  ];
  const more: readonly Act[] = ['reset', hold === undefined ? 'hold' : 'unhold'];
  return (
    <div className="ml-auto flex flex-wrap items-center justify-end gap-1.5">
      <Link href={newReplayUrl({ session: sessionId })} className={buttonLook('primary')}>
        <RotateCcw aria-hidden className="size-3.5" />
        {t.sessions.replay}
      </Link>
      {shown.map((act) => (
        <Button key={act} onClick={() => setAsking(act)}>
          {t.sessions.acts[act].title}
        </Button>
      ))}
      <IconButton label={t.sessions.copyLink} onClick={() => void copyText(window.location.href).then(() => toast(t.common.copied))}>
        <LinkIcon aria-hidden className="size-4" />
      </IconButton>
      <Popover label={t.sessions.more} look="quiet" button={<Ellipsis aria-hidden className="size-4 shrink-0" />}>
        {(close) => (
          <div className="flex min-w-44 flex-col gap-1">
            {more.map((act) => (
              <Button
                key={act}
                look="quiet"
                className="justify-start"
                onClick={() => {
                  close();
                  setAsking(act);
                }}
              >
                {t.sessions.acts[act].title}
              </Button>
            ))}
            <a
              href={`/api/sessions/${encodeURIComponent(sessionId)}/bundle`}
              download={`${sessionId}.ocb`}
              className={buttonLook('quiet', 'justify-start')}
            >
              <Download aria-hidden className="size-3.5" />
              {t.sessions.exportBundle}
            </a>
            <Link href={eventsUrl({ sessionId, range: 'all' })} className={buttonLook('quiet', 'justify-start')}>
              {t.sessions.eventsOf}
            </Link>
          </div>
        )}
      </Popover>
      {asking ? (
        <ReasonDialog
          title={t.sessions.acts[asking].title}
          why={t.sessions.acts[asking].why}
          label={asking === 'note' ? t.sessions.noteText : t.sessions.reason}
          confirm={t.sessions.acts[asking].title}
          maxLength={asking === 'note' ? 2_000 : 128}
          danger={asking === 'reset' || asking === 'cancel'}
          busy={perform.isPending}
          failure={perform.error ? <SaidError error={perform.error} brief /> : undefined}
          onConfirm={(reason) => perform.mutate({ act: asking, reason })}
          onClose={() => {
            perform.reset();
            setAsking(undefined);
          }}
        />
      ) : null}
    </div>
  );
}
