'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { compareArguments } from './compare-arguments.ts';

type Inspection = Outputs['approvals']['inspect'];

const TONES: Record<string, Tone> = { same: 'neutral', changed: 'warn', added: 'accent', gone: 'bad' };

/** The arguments one by one, held against those of the newest call of the tool that was allowed. */
export function ArgumentTable({ call }: { readonly call: Pick<Inspection, 'arguments' | 'lastApproved'> }) {
  const t = useT();
  const format = useFormat();
  const { lastApproved } = call;
  const rows = compareArguments(call.arguments, lastApproved?.arguments);
  const marks = { same: t.approvals.same, changed: t.approvals.changed, added: t.approvals.added, gone: t.approvals.gone_ };
  return (
    <div className="flex flex-col gap-2">
      <p className="text-xs text-ink-3">
        {lastApproved ? t.approvals.comparedWith(format.ago(lastApproved.time, Date.now())) : t.approvals.neverAllowed}
      </p>
      {rows.length === 0 ? (
        <p className="text-sm text-ink-2">{t.approvals.noArguments}</p>
      ) : (
        <section
          aria-label={t.approvals.arguments}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          className="max-h-96 overflow-auto rounded-md border border-line scroll-quiet"
        >
          <table className="w-full text-left text-xs">
            <thead className="text-ink-3">
              <tr className="border-b border-line">
                <th className="h-8 pr-3 pl-3 font-medium">{t.approvals.argument}</th>
                <th className="pr-3 font-medium">{t.approvals.now}</th>
                {lastApproved ? <th className="pr-3 font-medium">{t.approvals.before}</th> : null}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ path, now, before, mark }) => (
                <tr key={path} data-mark={mark} className="border-b border-line align-top last:border-b-0">
                  <th scope="row" className="py-1.5 pr-3 pl-3 font-mono font-normal whitespace-nowrap text-ink-2">
                    {path}
                    {lastApproved ? (
                      <Badge tone={TONES[mark] ?? 'neutral'} className="ml-2 font-sans">
                        {marks[mark]}
                      </Badge>
                    ) : null}
                  </th>
                  <td className="py-1.5 pr-3 font-mono foreign-text">{now ?? '–'}</td>
                  {lastApproved ? <td className="py-1.5 pr-3 font-mono text-ink-3 foreign-text">{before ?? '–'}</td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <details>
        <summary className="flex min-h-6 items-center text-xs text-ink-2 hover:text-ink">{t.approvals.argumentsAsJson}</summary>
        <CodeBlock label={t.approvals.argumentsAsJson} text={JSON.stringify(call.arguments, undefined, 2) ?? ''} wrap />
      </details>
    </div>
  );
}
