'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Command } from '../../ui/command.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';

type Feed = Outputs['exports']['list']['feed'];
const TONES = { off: 'neutral', starting: 'neutral', running: 'ok', failing: 'bad' } as const;

/** The export of the audit trail that goes on by itself: where to, how far, and how far behind. */
export function ContinuousExport({ feed }: { readonly feed: Feed }) {
  const t = useT();
  const format = useFormat();
  const { state, position = 0, head = 0 } = feed;
  return (
    <Panel title={t.exports.continuous} actions={<Badge tone={TONES[state]}>{t.exports.feedStates[state]}</Badge>}>
      {state === 'off' ? (
        <div className="flex flex-col items-start gap-2 p-4 text-sm text-ink-2">
          <p>{t.exports.continuousWhy}</p>
          <Command
            text={`openclaw config set gateway.logging.audit.export '{"format":"json","destination":"/var/log/openclaw-audit.jsonl"}'`}
          />
        </div>
      ) : (
        <div className="p-4">
          <Facts>
            <Fact name={t.exports.destination} mono>
              {feed.destination}
            </Fact>
            <Fact name={t.exports.format}>{feed.format}</Fact>
            <Fact name={t.exports.cursor}>{t.exports.cursorAt(format.number(position), format.number(Math.max(0, head - position)))}</Fact>
            <Fact name={t.exports.delivered}>
              {format.number(feed.delivered ?? 0)}
              {feed.lastDeliveredAt === undefined ? null : ` · ${format.ago(feed.lastDeliveredAt, Date.now())}`}
            </Fact>
            {feed.problem === undefined ? null : (
              <Fact name={t.exports.problem}>
                <span className="text-bad">{feed.problem}</span>
              </Fact>
            )}
          </Facts>
        </div>
      )}
    </Panel>
  );
}
