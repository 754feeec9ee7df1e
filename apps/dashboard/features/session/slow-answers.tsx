'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { PanelRows } from '../../ui/panel.tsx';
import { sessionUrl } from '../frame/links.ts';

type SlowAnswersProps = { readonly answers: Outputs['overview']['activity']['slowest']; readonly empty: string };

/** Conversations that waited long for an answer; each leads to the message and its way through the gateway. */
export function SlowAnswers({ answers, empty }: SlowAnswersProps) {
  const t = useT();
  const format = useFormat();
  return (
    <PanelRows empty={answers.length === 0 ? empty : undefined}>
      {answers.map(({ sessionId, messageId, title, channel, agentId, tookMs, at }) => (
        <li key={sessionId}>
          <Link href={sessionUrl(sessionId, messageId)} className="flex items-center gap-3 px-4 py-2 text-sm hover:bg-sunken">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{title || t.sessions.untitled}</span>
              <span className="block truncate text-xs text-ink-3">
                {channel} · {agentId} · {format.ago(at, Date.now())}
              </span>
            </span>
            <span className="shrink-0 figures">{format.duration(tookMs)}</span>
          </Link>
        </li>
      ))}
    </PanelRows>
  );
}
