'use client';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Report } from './verdict-strip.tsx';

/** Each view folded anew from the first event, and whether every row came out the same. */
export function ProjectionsReport({ report }: { readonly report: Extract<Report, { readonly kind: 'projections' }> }) {
  const t = useT();
  const format = useFormat();
  const identical = report.projections.every((projection) => projection.identical);
  return (
    <Panel title={t.replay.views} note={identical ? t.replay.viewsIdentical : t.replay.viewsDiffer}>
      <ul className="divide-y divide-line">
        {report.projections.map(({ name, version, position, rows, identical: isSame, firstDifference, replayedDigest }) => (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-sm">
            <span className="w-44 font-mono">
              {name} v{version}
            </span>
            <Badge tone={isSame ? 'ok' : 'bad'}>{isSame ? t.replay.verdicts.identical : t.replay.different}</Badge>
            <span className="text-ink-2 figures">{t.replay.rowsTo(format.number(rows), position)}</span>
            <code className="ml-auto font-mono text-xs text-ink-3">{replayedDigest.slice(0, 16)}</code>
            {firstDifference ? (
              <pre className="w-full overflow-x-auto rounded-md bg-sunken p-2 text-xs scroll-quiet">
                {`${firstDifference.table}\n− ${firstDifference.live ?? ''}\n+ ${firstDifference.replayed ?? ''}`}
              </pre>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
