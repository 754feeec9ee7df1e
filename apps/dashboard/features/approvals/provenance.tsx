'use client';
import FileWarning from 'lucide-react/icons/file-warning';
import MessageSquareWarning from 'lucide-react/icons/message-square-warning';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { eventsUrl } from '../frame/links.ts';

type Inspection = Outputs['approvals']['inspect'];

/** The texts that nobody vouches for and that stood before the model, with what of them stands in the arguments. */
export function Provenance({ call }: { readonly call: Pick<Inspection, 'untrusted' | 'moreUntrusted' | 'echoes'> }) {
  const t = useT();
  if (call.untrusted.length === 0) return <p className="text-sm text-ink-2">{t.approvals.provenanceNone}</p>;
  return (
    <ul className="flex flex-col gap-3">
      {call.untrusted.map(({ kind, position, tool, text }, index) => {
        const echoed = call.echoes.filter((echo) => echo.text === index);
        const Icon = kind === 'message' ? MessageSquareWarning : FileWarning;
        return (
          <li key={position} className="min-w-0 rounded-md border border-line">
            <div className="flex min-h-8 flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-xs text-ink-2">
              <Icon aria-hidden className="size-3.5 shrink-0" />
              <span className="mr-auto min-w-0 truncate">
                {kind === 'message' ? t.approvals.untrustedMessage : t.approvals.untrustedResult(tool ?? '')}
              </span>
              <Link
                href={eventsUrl({ range: 'all', selected: position })}
                className="inline-flex min-h-6 items-center text-accent hover:underline"
              >
                {t.approvals.openEvent}
              </Link>
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <p tabIndex={0} className="max-h-36 overflow-auto px-3 py-2 text-xs text-ink-2 foreign-text scroll-quiet">
              {text}
            </p>
            {echoed.length === 0 ? null : (
              <div className="border-t border-line bg-warn-soft px-3 py-2 text-xs text-warn">
                <p className="font-medium">{t.approvals.echoed}</p>
                <ul>
                  {echoed.map((echo) => (
                    <li key={echo.path} className="font-mono foreign-text">
                      {echo.path}: {echo.value}
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </li>
        );
      })}
      {call.moreUntrusted > 0 ? <li className="text-xs text-ink-3">{t.approvals.moreUntrusted(call.moreUntrusted)}</li> : null}
    </ul>
  );
}
