'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Loaded } from '../../ui/states.tsx';
import type { EventDetail } from './event-drawer.tsx';
import { Code, Fact } from './event-facts.tsx';

const REFRESH_MS = 10_000;

/** Where the event stands in the log and in the chain, and whether it lies where a signed checkpoint says it does. */
export function EventIntegrity({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const format = useFormat();
  const { fields } = t.event;
  const summary = useQuery({
    ...trpc.overview.summary.queryOptions(),
    refetchInterval: ({ state }) => ((state.data?.checkpoint?.size ?? 0) < event.position ? REFRESH_MS : false),
  });
  const newest = summary.data?.checkpoint;
  const proof = useQuery({ ...trpc.events.proof.queryOptions({ position: event.position }), enabled: false });
  return (
    <div className="flex flex-col gap-4 px-4 py-4">
      <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-y-2 text-sm">
        <Fact name={fields.position}>{format.number(event.position)}</Fact>
        <Fact name={fields.id}>
          <Code text={event.id} />
        </Fact>
        <Fact name={fields.stream}>
          <Code text={event.streamId} />
        </Fact>
        <Fact name={fields.version}>{format.number(event.version)}</Fact>
        <Fact name={fields.schema}>{format.number(event.schemaVersion)}</Fact>
        <Fact name={fields.hash}>
          <Code text={event.hash} />
        </Fact>
        <Fact name={fields.previousHash}>
          <Code text={event.previousHash} />
        </Fact>
        {summary.data ? (
          <Fact name={fields.checkpoint}>
            {newest && newest.size >= event.position
              ? t.event.covered(format.number(newest.size), format.full(newest.time))
              : t.event.notCovered}
          </Fact>
        ) : null}
        {Object.entries(event.metadata).map(([name, value]) => (
          <Fact key={name} name={name}>
            <Code text={typeof value === 'string' ? value : JSON.stringify(value)} />
          </Fact>
        ))}
      </dl>
      <div className="flex flex-col items-start gap-2 border-t border-line pt-4">
        <Button onClick={() => void proof.refetch()} disabled={proof.isFetching}>
          {t.event.verify}
        </Button>
        {proof.data || proof.error ? (
          <Loaded query={proof}>
            {({ verdict, checkpoint }) => (
              <p
                role="status"
                className={`rounded-md px-3 py-2 text-sm ${verdict === 'proven' ? 'bg-ok-soft text-ok' : verdict === 'missing' ? 'bg-warn-soft text-warn' : 'bg-bad-soft text-bad'}`}
              >
                {verdict === 'missing' || !checkpoint
                  ? t.event.notCovered
                  : verdict === 'proven'
                    ? t.event.proven(format.number(checkpoint.size), format.full(checkpoint.time))
                    : t.event.contradicted(format.number(checkpoint.size))}
              </p>
            )}
          </Loaded>
        ) : null}
        <p className="text-xs text-ink-3">{t.event.verifyNote}</p>
      </div>
    </div>
  );
}
