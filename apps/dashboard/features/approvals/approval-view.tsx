'use client';
import { useQuery } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import CircleAlert from 'lucide-react/icons/circle-alert';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { ReactNode } from 'react';
import { bodyOf, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { sessionUrl } from '../frame/links.ts';
import { ArgumentTable } from './argument-table.tsx';
import { CallPreview } from './call-preview.tsx';
import { Countdown } from './countdown.tsx';
import { DecisionBar } from './decision-bar.tsx';
import { Provenance } from './provenance.tsx';
import { TwoPeople } from './two-people.tsx';

type Inspection = Outputs['approvals']['inspect'];
type ViewProps = {
  readonly code: string;
  readonly offsetMs: number;
  readonly onBack: () => void;
  readonly onDecided: () => void;
  readonly onHistory: () => void;
};

/** Everything a person needs to decide about one call, and the decision. */
export function ApprovalView({ code, offsetMs, onBack, onDecided, onHistory }: ViewProps) {
  const t = useT();
  const query = useQuery(trpc.approvals.inspect.queryOptions({ code }, { retry: false }));
  if (bodyOf(query.error)?.code === 'APPROVAL_NOT_FOUND') {
    return (
      <EmptyState title={t.approvals.gone}>
        <p>{t.approvals.goneWhy}</p>
        <Button onClick={onHistory}>{t.approvals.showHistory}</Button>
      </EmptyState>
    );
  }
  return (
    <Loaded query={query}>
      {(call) => (
        <article aria-label={call.tool} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface px-4">
          <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-3">
            <Button look="quiet" onClick={onBack} className="-ml-2 px-2 lg:hidden">
              <ArrowLeft aria-hidden className="size-4" />
              {t.approvals.back}
            </Button>
            <h2 className="mr-auto font-mono text-base font-semibold break-all">{call.tool}</h2>
            <Countdown until={call.expiresAt} offsetMs={offsetMs} />
          </header>
          <Risks call={call} />
          {call.people ? (
            <Part title={t.approvals.people}>
              <TwoPeople call={call} />
            </Part>
          ) : null}
          <Part title={t.approvals.effect}>
            <CallPreview tool={call.tool} args={call.arguments} />
          </Part>
          <Part title={t.approvals.arguments}>
            <ArgumentTable call={call} />
          </Part>
          <Part title={t.approvals.provenance}>
            <Provenance call={call} />
          </Part>
          <Part title={t.approvals.session}>
            <Origin call={call} />
          </Part>
          <DecisionBar call={call} onDecided={onDecided} />
        </article>
      )}
    </Loaded>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="grid min-w-0 gap-x-6 gap-y-2 border-b border-line py-4 last:border-b-0 xl:grid-cols-[9rem_minmax(0,1fr)]"
    >
      <h3 className="text-sm font-medium text-ink-2">{title}</h3>
      <div className="min-w-0">{children}</div>
    </section>
  );
}

/** The gravest last in the list of the gateway is the one that speaks of others' texts: it is marked as an error is. */
function Risks({ call }: { readonly call: Inspection }) {
  const t = useT();
  const format = useFormat();
  const { leaving } = call;
  const left =
    leaving === undefined
      ? t.approvals.stays
      : leaving.sizeBytes === undefined
        ? t.approvals.leavesUnknown
        : t.approvals.leavesTo(leaving.to, format.bytes(leaving.sizeBytes));
  return (
    <Part title={t.approvals.risks}>
      <ul className="flex flex-col gap-1.5 text-sm">
        {call.risks.length === 0 ? <li className="text-ink-2">{t.approvals.noRisks}</li> : null}
        {call.risks.map((risk) => {
          const grave = risk === 'echoes_untrusted';
          const Icon = grave ? CircleAlert : TriangleAlert;
          return (
            <li key={risk} className="flex gap-2">
              <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${grave ? 'text-bad' : 'text-warn'}`} />
              <span className={grave ? 'font-medium text-bad' : ''}>{t.approvals.risk[risk]}</span>
            </li>
          );
        })}
      </ul>
      <Facts className="mt-3">
        <Fact name={t.approvals.leaves}>{left}</Fact>
      </Facts>
    </Part>
  );
}

function Origin({ call }: { readonly call: Inspection }) {
  const t = useT();
  const { message } = call;
  return (
    <div className="flex flex-col gap-3">
      {message ? (
        <figure className="rounded-md bg-sunken px-3 py-2">
          <figcaption className="text-xs text-ink-3">
            {t.approvals.theMessage} · {message.senderName ?? message.senderId}
          </figcaption>
          <blockquote className="max-h-36 overflow-auto text-sm foreign-text scroll-quiet">{message.text}</blockquote>
        </figure>
      ) : null}
      <Facts>
        <Fact name={t.approvals.agent}>{call.agentId}</Fact>
        <Fact name={t.approvals.channel}>{call.channel}</Fact>
        <Fact name={t.approvals.asked}>
          <Time value={call.requestedAt} />
        </Fact>
        <Fact name={t.approvals.rule} mono>
          {call.rule}
        </Fact>
        <Fact name={t.approvals.code} mono>
          {call.code}
        </Fact>
      </Facts>
      <Link
        href={sessionUrl(call.sessionId, call.messageId)}
        className="inline-flex min-h-6 items-center self-start text-sm text-accent hover:underline"
      >
        {t.approvals.openSession}
      </Link>
    </div>
  );
}
