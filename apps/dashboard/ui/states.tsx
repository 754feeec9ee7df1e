'use client';
import type { ErrorBody } from '@openclaw-gateway/events';
import type { ReactNode } from 'react';
import { bodyOf, queryClient, trpc } from '../data/trpc.ts';
import { useFormat, useT } from '../i18n/index.tsx';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { Command } from './command.tsx';
import { copyText } from './copy-text.ts';
import { Said, useSaid } from './said.tsx';
import { toast } from './toast.tsx';

/** Grey bars where content will stand. */
export function Skeleton({ lines = 3, className }: { readonly lines?: number; readonly className?: string }) {
  const t = useT();
  return (
    <div role="status" aria-label={t.common.loading} className={classNames('flex flex-col gap-3', className)}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars have no identity
        <span key={line} className={classNames('block h-4 animate-pulse-soft rounded bg-line', line % 3 === 2 ? 'w-2/3' : 'w-full')} />
      ))}
    </div>
  );
}

export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-center gap-3 px-4 py-12 text-center">
      <p className="text-base font-semibold">{title}</p>
      <div className="flex flex-col items-center gap-3 text-sm text-ink-2">{children}</div>
    </div>
  );
}

/** What failed, why, and the one thing that mends it. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const t = useT();
  const body = bodyOf(error);
  const said = useSaid(body);
  if (body?.code === 'FORBIDDEN') return <ForbiddenState body={body} />;
  const [, command] = /`(openclaw [^`]+)`/.exec(body ? body.remedy : '`openclaw gateway start`') ?? [];
  return (
    <div
      role="alert"
      className="m-4 flex flex-col items-start gap-2 rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4 text-sm"
    >
      <p className="font-semibold">{t.common.failed}</p>
      <p className="text-ink-2">{said?.title ?? t.common.unreachable}</p>
      <p className="text-ink-2">{said?.remedy ?? t.common.unreachableRemedy}</p>
      {said?.own ? (
        <p lang="en" className="text-ink-3 foreign-text">
          {said.own}
        </p>
      ) : null}
      {command ? <Command text={command} /> : null}
      <span className="flex flex-wrap gap-2">
        <Button onClick={onRetry}>{t.common.retry}</Button>
        <Button look="quiet" onClick={() => void copyText(diagnosticsOf(error)).then(() => toast(t.common.copied))}>
          {t.common.copyDiagnostics}
        </Button>
      </span>
    </div>
  );
}

/** What somebody who helps has to know. Nothing of the address but the page: the rest may be what was searched for. */
function diagnosticsOf(error: unknown): string {
  const { code, message, remedy, details } = bodyOf(error) ?? { message: String(error) };
  return [
    location.origin + location.pathname,
    new Date().toISOString(),
    code,
    message,
    remedy,
    details?.['requestId'],
    queryClient.getQueryData(trpc.frame.gateway.queryKey())?.version,
    navigator.userAgent,
  ]
    .filter(Boolean)
    .join('\n');
}

/** What the person's role lacks, and which roles have it. */
function ForbiddenState({ body }: { readonly body: ErrorBody }) {
  const t = useT();
  const { permission, rolesThatMay, roles } = body.details ?? {};
  const known = typeof permission === 'string' && Array.isArray(rolesThatMay) && Array.isArray(roles);
  return (
    <EmptyState title={t.ui.forbidden}>
      {known ? (
        <>
          <p>{t.ui.roleNeeded(rolesThatMay.join(', '), permission)}</p>
          <p className="text-ink-3">{t.ui.yourRoles(roles.join(', ') || t.common.none)}</p>
          <p>{t.ui.askAdmin}</p>
          <Command text={`openclaw users set-roles <name> ${[...roles, rolesThatMay[0]].join(' ')}`} />
        </>
      ) : (
        <p>
          <Said problem={body} />
        </p>
      )}
    </EmptyState>
  );
}

export type LoadedQuery<T> = {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly dataUpdatedAt: number;
  readonly refetch: () => unknown;
};

/** A query's content, or its skeleton, or its failure. Old content stays while newer cannot be had, and says how old it is. */
export function Loaded<T>({
  query,
  skeleton,
  children,
}: {
  readonly query: LoadedQuery<T>;
  readonly skeleton?: ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  const t = useT();
  const format = useFormat();
  if (query.data === undefined) {
    if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
    return skeleton ?? <Skeleton className="p-4" />;
  }
  return (
    <>
      {query.error ? (
        <p role="status" className="mb-2 rounded-md bg-warn-soft px-3 py-1.5 text-sm text-warn">
          {t.common.staleSince(format.ago(query.dataUpdatedAt, Date.now()))}{' '}
          <Button onClick={() => void query.refetch()}>{t.common.retry}</Button>
        </p>
      ) : null}
      {children(query.data)}
    </>
  );
}
