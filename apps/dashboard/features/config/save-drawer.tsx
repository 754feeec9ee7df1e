'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Said } from '../../ui/said.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { Changes } from './changes.tsx';
import { Impact } from './impact.tsx';
import type { ConfigFile, Draft } from './use-draft.ts';

type SaveProps = {
  readonly draft: Draft;
  readonly file: ConfigFile;
  readonly onClose: () => void;
  readonly onMerge: () => void;
};

/** What saving the draft would do, before it is done. */
export function SaveDrawer({ draft, file, onClose, onMerge }: SaveProps) {
  const t = useT();
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [wanted, setWanted] = useState<boolean>();
  const { review, isReviewed } = draft;
  const onTrial = wanted ?? (review?.risky.length ?? 0) > 0;
  const isWrong = (review?.errors.length ?? 0) > 0;

  const save = useMutation({
    mutationFn: () => {
      const how = { baseHash: draft.baseHash, trial: onTrial, ...(reason.trim() !== '' && { reason: reason.trim() }) };
      return draft.restores === undefined
        ? client.config.save.mutate({ text: draft.text, ...how })
        : client.config.rollback.mutate({ to: draft.restores, ...how });
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: trpc.config.pathKey() });
      // From here on the page has the file as it is shown to everybody, without what was typed of secrets.
      const saved = cache.getQueryData(trpc.config.file.queryKey());
      if (saved) draft.begin({ base: saved.text, baseHash: saved.hash, text: saved.text });
      toast(onTrial ? t.config.savedOnTrial : t.config.saved);
      onClose();
    },
  });
  const body = bodyOf(save.error);

  return (
    <Drawer title={t.config.review} onClose={onClose}>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-auto p-4">
        {review && isReviewed ? (
          <>
            {isWrong ? (
              <Part title={t.config.errors}>
                <ul className="flex flex-col gap-1 text-sm text-bad">
                  {review.errors.map(({ path, expected, hint }) => (
                    <li key={`${path} ${expected}`}>
                      <span className="font-mono text-xs font-medium">{path || t.config.root}</span> {t.config.expected(expected)} {hint}
                    </li>
                  ))}
                </ul>
              </Part>
            ) : (
              <>
                <Part title={t.config.changes}>
                  <Changes changes={review.changes} restart={review.restartNeeded} />
                </Part>
                <Part title={t.config.findings}>
                  <Findings review={review} />
                </Part>
                <Part title={t.config.impact}>
                  <Impact text={draft.text} hash={file.hash} />
                </Part>
                <Part title={t.config.takesEffect}>
                  <p className="text-sm">
                    {review.restartNeeded.length === 0 ? t.config.atOnce : t.config.restartFor(review.restartNeeded.join(', '))}
                  </p>
                  <label className="mt-2 flex items-start gap-2 text-sm">
                    <input
                      type="checkbox"
                      checked={onTrial}
                      onChange={(event) => setWanted(event.target.checked)}
                      className="mt-0.5 size-4 accent-[var(--accent)]"
                    />
                    <span>
                      {t.config.trialLabel}
                      <span className="block text-xs text-ink-3">
                        {review.restartNeeded.length > 0 ? t.config.trialAfterRestart : t.config.trialHelp}
                      </span>
                    </span>
                  </label>
                </Part>
              </>
            )}
          </>
        ) : (
          <Skeleton lines={6} />
        )}
      </div>
      <form
        className="flex flex-col gap-3 border-t border-line p-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {save.isError ? <Failure body={body} file={file} draft={draft} onMerge={onMerge} /> : null}
        <label className="flex flex-col gap-1 text-sm">
          {t.config.reason}
          <input
            type="text"
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
            placeholder={t.config.reasonHint}
            className="h-9 rounded-md border border-line-strong bg-surface px-3"
          />
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.config.cancel}</Button>
          <Button type="submit" look="primary" disabled={!isReviewed || isWrong || !draft.dirty || save.isPending}>
            {save.isPending ? t.config.saving : t.config.save}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 text-xs font-semibold text-ink-2">{title}</h3>
      {children}
    </section>
  );
}

function Findings({ review }: { readonly review: NonNullable<Draft['review']> }) {
  const t = useT();
  if (review.advice.length === 0 && review.warnings.length === 0 && review.risky.length === 0) {
    return <p className="text-sm text-ink-2">{t.config.noFinding}</p>;
  }
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {review.risky.length > 0 ? (
        <li className="flex items-start gap-2">
          <Badge tone="warn">{t.config.risky}</Badge>
          <span>{t.config.riskyKeys(review.risky.join(', '))}</span>
        </li>
      ) : null}
      {review.advice.map(({ id, severity, found, remedy }) => (
        <li key={`${id} ${found}`} className="flex items-start gap-2">
          <Badge tone={severity === 'error' ? 'bad' : 'warn'}>
            {t.severity[severity === 'error' ? 'error' : severity === 'note' ? 'info' : 'warn']}
          </Badge>
          <span>
            {found} <span className="text-ink-3">{remedy}</span>
          </span>
        </li>
      ))}
      {review.warnings.map(({ path, expected, hint }) => (
        <li key={`${path} ${expected}`} className="flex items-start gap-2">
          <Badge tone="warn">{t.severity.warn}</Badge>
          <span>
            <span className="font-mono text-xs">{path}</span> {t.config.expected(expected)} <span className="text-ink-3">{hint}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

type FailureProps = {
  readonly body: ReturnType<typeof bodyOf>;
  readonly file: ConfigFile;
  readonly draft: Draft;
  readonly onMerge: () => void;
};

/** A refusal says why. Without an answer nobody knows whether it was saved until the file is read again. */
function Failure({ body, file, draft, onMerge }: FailureProps) {
  const t = useT();
  const cache = useQueryClient();
  const read = () => cache.invalidateQueries({ queryKey: trpc.config.file.queryKey() });
  return (
    <div role="alert" className="flex flex-col items-start gap-2 rounded-md border border-line border-l-4 border-l-bad p-3 text-sm">
      {body ? (
        <>
          <p>
            <Said problem={body} />
          </p>
          {body.code === 'CONFIG_CONFLICT' ? <Button onClick={() => void read().then(onMerge)}>{t.config.merge}</Button> : null}
        </>
      ) : (
        <>
          <p>{file.text === draft.text ? t.config.unknownSaved : t.config.unknown}</p>
          <Button onClick={() => void read()}>{t.config.unknownCheck}</Button>
        </>
      )}
    </div>
  );
}
