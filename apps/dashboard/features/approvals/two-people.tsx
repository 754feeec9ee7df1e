'use client';
import UserCheck from 'lucide-react/icons/user-check';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl } from '../frame/links.ts';

type Inspection = Outputs['approvals']['inspect'];

/** How many of two people said yes, and what the first one said yes to. */
export function TwoPeople({ call: { given, givenBy } }: { readonly call: Pick<Inspection, 'given' | 'givenBy'> }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-1 text-sm">
      <p className="flex items-center gap-2 font-medium">
        <UserCheck aria-hidden className="size-4 shrink-0" />
        {t.approvals.yeses(given ? 1 : 0)}
      </p>
      {given ? (
        <>
          <p className="text-ink-2">
            <Link
              href={eventsUrl({ range: 'all', q: `actor:${given.actor}` })}
              className="inline-flex min-h-6 items-center break-all text-accent hover:underline"
            >
              {givenBy ?? given.actor}
            </Link>{' '}
            · <Time value={given.time} /> · {t.approvals.wish[given.lasting ?? 'once']}
          </p>
          <p className="text-ink-2 foreign-text">{given.reason}</p>
        </>
      ) : (
        <p className="text-ink-2">{t.approvals.twoNeeded}</p>
      )}
    </div>
  );
}
