'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SaidError } from '../../ui/said.tsx';
import { TextField } from '../../ui/text-field.tsx';

type Report = Outputs['retention']['erasePreview'];

/** Erases a person: first what would go and what cannot, then, once it was typed again, for good. */
export function ErasePanel() {
  const t = useT();
  const cache = useQueryClient();
  const [person, setPerson] = useState('');
  const preview = useMutation(trpc.retention.erasePreview.mutationOptions());
  const erase = useMutation({
    ...trpc.retention.erase.mutationOptions(),
    onSuccess: () => void cache.invalidateQueries(trpc.retention.pathFilter()),
  });
  const problem = erase.error ?? preview.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    erase.reset();
    preview.mutate({ person: person.trim() });
  };
  const asked = preview.variables?.person;
  return (
    <Panel title={t.exports.eraseTitle}>
      <div className="flex flex-col gap-4 p-4 text-sm">
        <p className="text-ink-2">{t.exports.eraseWhy}</p>
        <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
          <TextField
            className="min-w-0 flex-1 basis-56"
            label={t.exports.person}
            hint={t.exports.personHint}
            mono
            required
            maxLength={600}
            value={person}
            onChange={(event) => setPerson(event.target.value)}
          />
          <Button type="submit" disabled={preview.isPending || person.trim() === ''}>
            {t.exports.preview}
          </Button>
        </form>
        {problem ? (
          <p role="alert" className="text-bad">
            <SaidError error={problem} />
          </p>
        ) : null}
        {erase.data ? (
          <Done report={erase.data} />
        ) : preview.data && asked ? (
          <Confirm key={asked} person={asked} report={preview.data} busy={erase.isPending} onErase={erase.mutate} />
        ) : null}
      </div>
    </Panel>
  );
}

type ConfirmProps = {
  readonly person: string;
  readonly report: Report;
  readonly busy: boolean;
  readonly onErase: (order: { person: string; typed: string; reason: string }) => void;
};

function Confirm({ person, report, busy, onErase }: ConfirmProps) {
  const t = useT();
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onErase({ person, typed, reason: reason.trim() });
  };
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line p-4" data-testid="erase-preview">
      <p className="font-medium figures">
        {t.exports.eraseFound(report.events, report.sessions.length)}
        {report.firstTime === undefined || report.lastTime === undefined ? null : (
          <span className="ml-2 font-normal text-ink-2">
            {format.day(Date.parse(report.firstTime))} – {format.day(Date.parse(report.lastTime))}
          </span>
        )}
      </p>
      <p className="font-mono text-xs text-ink-3">{report.subject}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Lines title={t.exports.willGo} text={t.exports.gone} />
        <Lines title={t.exports.willStay} text={t.exports.stays} />
      </div>
      {report.holds.length > 0 ? (
        <p role="alert" className="text-bad">
          {t.exports.eraseHeld} {report.holds.map(({ reason: why }) => why).join('; ')}
        </p>
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-3 border-t border-line pt-3">
          <TextField
            label={t.exports.eraseReason}
            hint={t.exports.eraseReasonHint}
            required
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <TextField
            label={t.exports.typeToConfirm(person)}
            mono
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button type="submit" look="danger" className="self-start" disabled={busy || typed !== person || reason.trim() === ''}>
            {t.exports.erase}
          </Button>
        </form>
      )}
    </div>
  );
}

function Done({ report }: { readonly report: Report }) {
  const t = useT();
  const { left } = report.attachments;
  return (
    <div role="status" className="rounded-lg border border-line border-l-4 border-l-ok p-4" data-testid="erase-report">
      <p className="font-medium">{t.exports.erased(report.events)}</p>
      {left.length > 0 ? <p className="text-warn">{t.exports.filesLeft(left.length)}</p> : null}
      <Lines title={t.exports.willStay} text={t.exports.stays} />
    </div>
  );
}

function Lines({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div>
      <h3 className="text-xs font-medium text-ink-3">{title}</h3>
      <ul className="mt-1 flex list-disc flex-col gap-1 pl-4 text-xs text-ink-2">
        {text.split('\n').map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
