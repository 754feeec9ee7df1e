'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import Download from 'lucide-react/icons/download';
import { type FormEvent, useRef } from 'react';
import { bodyOf, client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { downloadText } from '../../ui/download-text.ts';
import { LoadMore, type MorePages } from '../../ui/load-more.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import type { AuditChange } from './audit-url.ts';
import { Hash } from './check-result.tsx';

const PAGE_ROWS = 25;
const REFRESH_MS = 15_000;

type Page = Outputs['audit']['checkpoints'];
const TONES = { starting: 'neutral', current: 'ok', behind: 'warn', failing: 'bad' } as const;

/** The signed checkpoints, who keeps them elsewhere, and the proof that an event lies under one. */
export function CheckpointsView({ proof, change }: { readonly proof: number | null; readonly change: AuditChange }) {
  const pages = useInfiniteQuery({
    queryKey: [...trpc.audit.checkpoints.queryKey({ limit: PAGE_ROWS }), 'pages'],
    queryFn: ({ pageParam }) =>
      client.audit.checkpoints.query({ limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page: Page) => (page.checkpoints.length === PAGE_ROWS ? page.checkpoints.at(-1)?.size : undefined),
    refetchInterval: REFRESH_MS,
  });
  const first = pages.data?.pages[0];
  if (!first)
    return pages.error ? <ErrorState error={pages.error} onRetry={() => void pages.refetch()} /> : <Skeleton lines={8} className="p-4" />;
  const checkpoints = pages.data?.pages.flatMap((page) => page.checkpoints) ?? [];
  return (
    <div className="grid gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <CheckpointList checkpoints={checkpoints} pages={pages} />
      <div className="flex min-w-0 flex-col gap-4">
        <ProofPanel key={proof} position={proof} change={change} />
        <WitnessList witnesses={first.witnesses} head={first.head} />
        <KeyPanel verifierKey={first.verifierKey} />
      </div>
    </div>
  );
}

type ListProps = { readonly checkpoints: Page['checkpoints']; readonly pages: MorePages };

function CheckpointList({ checkpoints, pages }: ListProps) {
  const t = useT();
  const format = useFormat();
  return (
    <Panel title={t.audit.checkpoints} note={t.audit.checkpointsNote}>
      {checkpoints.length === 0 ? (
        <EmptyState title={t.audit.noCheckpointYet}>
          <Command text="openclaw audit checkpoint" />
        </EmptyState>
      ) : (
        <table aria-label={t.audit.checkpoints} className="w-full table-fixed text-left text-sm">
          <thead className="border-b border-line text-xs text-ink-3">
            <tr>
              <th className="h-8 w-24 px-4 font-medium">{t.audit.size}</th>
              <th className="w-48 font-medium max-sm:hidden">{t.audit.when}</th>
              <th className="font-medium">{t.audit.root}</th>
              <th className="w-12 pr-2">
                <span className="sr-only">{t.audit.download}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {checkpoints.map((checkpoint) => (
              <tr key={checkpoint.size} className="border-b border-line last:border-b-0">
                <td className="px-4 py-1.5 figures">{format.number(checkpoint.size)}</td>
                <td className="text-ink-2 figures max-sm:hidden">{format.second(checkpoint.time)}</td>
                <td className="truncate font-mono text-xs text-ink-2" title={checkpoint.root}>
                  {checkpoint.root}
                </td>
                <td className="pr-2 text-right">
                  <button
                    type="button"
                    aria-label={t.audit.downloadNote(format.number(checkpoint.size))}
                    title={t.audit.downloadNote(format.number(checkpoint.size))}
                    onClick={() => downloadText(`checkpoint-${checkpoint.size}.txt`, checkpoint.note)}
                    className="inline-flex size-7 items-center justify-center rounded-md text-ink-2 hover:bg-sunken"
                  >
                    <Download aria-hidden className="size-3.5" />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <LoadMore pages={pages} />
    </Panel>
  );
}

function ProofPanel({ position, change }: { readonly position: number | null; readonly change: AuditChange }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change({ proof: Number(input.current?.value) || null });
  };
  return (
    <Panel title={t.audit.proof}>
      <div className="flex flex-col gap-3 p-4 text-sm">
        <p className="text-ink-2">{t.audit.proofWhy}</p>
        <form onSubmit={submit} className="flex items-end gap-2">
          <label className="flex flex-col gap-1 text-xs text-ink-3">
            {t.audit.size}
            <input
              ref={input}
              type="number"
              min={1}
              defaultValue={position ?? ''}
              className="h-8 w-36 rounded-md border border-line-strong bg-surface px-2 text-sm text-ink figures"
            />
          </label>
          <Button type="submit">{t.audit.prove}</Button>
        </form>
        {position === null ? null : <Proof position={position} />}
      </div>
    </Panel>
  );
}

function Proof({ position }: { readonly position: number }) {
  const t = useT();
  const format = useFormat();
  const proof = useQuery({ ...trpc.audit.proof.queryOptions({ position }), retry: false });
  if (proof.error && bodyOf(proof.error)?.code === 'EVENT_NOT_FOUND') {
    return (
      <p role="alert" className="text-bad">
        {t.audit.noSuchEvent}
      </p>
    );
  }
  return (
    <Loaded query={proof}>
      {(data) => (
        <div className="flex flex-col gap-2" data-testid="proof">
          <p>{t.audit.proven(format.number(data.proof.position), format.number(data.checkpoint.size))}</p>
          <ol className="flex flex-col gap-1 text-xs">
            <li>
              <span className="text-ink-3">{t.audit.leaf}</span>
              <Hash text={data.proof.leaf} />
            </li>
            {data.proof.path.map((hash, level) => (
              <li key={hash} className="flex gap-2">
                <span className="w-6 shrink-0 text-right leading-6 text-ink-3 figures">{level + 1}</span>
                <code className="min-w-0 truncate font-mono leading-6">{hash}</code>
              </li>
            ))}
            <li>
              <span className="text-ink-3">{t.audit.root}</span>
              <Hash text={data.checkpoint.root} />
            </li>
          </ol>
          <Button onClick={() => downloadText(`proof-${position}.json`, `${JSON.stringify(data, null, 2)}\n`)}>
            <Download aria-hidden className="size-4" />
            {t.audit.downloadProof}
          </Button>
        </div>
      )}
    </Loaded>
  );
}

function WitnessList({ witnesses, head }: { readonly witnesses: Page['witnesses']; readonly head: number }) {
  const t = useT();
  const format = useFormat();
  return (
    <Panel title={t.audit.witnesses}>
      {witnesses.length === 0 ? (
        <div className="flex flex-col items-start gap-2 p-4 text-sm text-ink-2">
          <p>{t.audit.noWitnesses}</p>
          <Command text={`openclaw config set gateway.logging.audit.witnesses '[{"destination":"/mnt/elsewhere/checkpoints"}]'`} />
        </div>
      ) : (
        <ul>
          {witnesses.map((witness) => (
            <li key={witness.destination} className="flex flex-col gap-0.5 border-b border-line px-4 py-2 text-sm last:border-b-0">
              <span className="flex items-center gap-2">
                <span className="min-w-0 truncate font-mono text-xs">{witness.destination}</span>
                <Badge tone={TONES[witness.state]} className="ml-auto">
                  {t.audit.witnessState[witness.state]}
                </Badge>
              </span>
              <span className="text-xs text-ink-3 figures">
                {t.audit.takenTo(format.number(witness.takenTo), format.number(Math.max(0, head - witness.takenTo)))}
              </span>
              {witness.problem === undefined ? null : <span className="text-xs text-bad">{witness.problem}</span>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function KeyPanel({ verifierKey }: { readonly verifierKey: string }) {
  const t = useT();
  return (
    <Panel title={t.audit.verifierKey}>
      <div className="flex flex-col gap-2 p-4 text-sm text-ink-2">
        <p>{t.audit.verifierKeyWhy}</p>
        <Hash text={verifierKey} />
      </div>
    </Panel>
  );
}
