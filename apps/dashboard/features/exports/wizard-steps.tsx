'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Checkbox, Select } from '../../ui/choices.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { TextArea, TextField } from '../../ui/text-field.tsx';
import { CLASSES, COLUMNS, FORMATS, type Order, PROFILES, SPANS, type Step, scopeIn } from './order.ts';

type Props = { readonly order: Order; readonly change: (part: Partial<Order>) => void };

/** What one chooses in a step. */
export function StepContent({ step, ...props }: Props & { readonly step: Step }) {
  if (step === 'scope') return <Scope {...props} />;
  if (step === 'fields') return <Fields {...props} />;
  if (step === 'format') return <Format {...props} />;
  if (step === 'masking') return <Masking {...props} />;
  if (step === 'destination') return <Destination {...props} />;
  return <Review {...props} />;
}

function Scope({ order, change }: Props) {
  const t = useT();
  return (
    <>
      <TextField
        label={t.exports.query}
        hint={t.exports.queryHint}
        optional
        mono
        value={order.query}
        maxLength={2000}
        placeholder={t.exports.queryPlaceholder}
        onChange={(event) => change({ query: event.target.value })}
      />
      <Select
        label={t.exports.time}
        choices={SPANS.map((value) => ({ value, title: t.exports.spans[value] }))}
        value={order.span}
        onChange={(span) => change({ span })}
      />
      {order.span === 'custom' ? (
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={t.exports.from}
            value={order.from}
            placeholder={t.exports.fromPlaceholder}
            onChange={(event) => change({ from: event.target.value })}
          />
          <TextField
            label={t.exports.to}
            value={order.to}
            placeholder={t.exports.toPlaceholder}
            onChange={(event) => change({ to: event.target.value })}
          />
        </div>
      ) : null}
      <fieldset>
        <legend className="pb-1 text-sm font-medium">{t.exports.onlyClasses}</legend>
        <div className="grid gap-x-4 sm:grid-cols-3">
          {CLASSES.map((name) => (
            <Checkbox
              key={name}
              label={t.audit.class[name]}
              checked={order.classes.includes(name)}
              onChange={(on) => change({ classes: on ? [...order.classes, name] : order.classes.filter((other) => other !== name) })}
            />
          ))}
        </div>
      </fieldset>
      <Estimate order={order} />
    </>
  );
}

/** How much it would be. */
function Estimate({ order }: { readonly order: Order }) {
  const t = useT();
  const format = useFormat();
  const estimate = useQuery({
    ...trpc.exports.estimate.queryOptions(scopeIn(order)),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
  return (
    <div role="status" className="rounded-lg border border-line bg-sunken px-4 py-3 text-sm" data-testid="estimate">
      <Loaded query={estimate} skeleton={<Skeleton lines={1} />}>
        {({ events, more, oldest, newest, bytes }) => (
          <p className="flex flex-wrap gap-x-4 figures">
            <span className="font-medium">{more ? t.exports.atLeast(events) : t.exports.events(events)}</span>
            {oldest === undefined || newest === undefined ? null : (
              <span className="text-ink-2">
                {format.day(oldest)} – {format.day(newest)}
              </span>
            )}
            <span className="text-ink-2">{t.exports.size(format.bytes(bytes), more)}</span>
          </p>
        )}
      </Loaded>
    </div>
  );
}

function Fields({ order, change }: Props) {
  const t = useT();
  return (
    <>
      <TextField
        label={t.exports.maskedFields}
        hint={t.exports.maskedFieldsHint}
        optional
        mono
        value={order.maskedFields}
        placeholder={t.exports.maskedPlaceholder}
        onChange={(event) => change({ maskedFields: event.target.value })}
      />
      <fieldset>
        <legend className="pb-1 text-sm font-medium">{t.exports.columns}</legend>
        <p className="pb-2 text-xs text-ink-3">{t.exports.columnsHint}</p>
        <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-4">
          {COLUMNS.map((name) => (
            <Checkbox
              key={name}
              label={<span className="font-mono text-xs">{name}</span>}
              checked={order.columns.includes(name)}
              onChange={(on) => change({ columns: COLUMNS.filter((other) => (other === name ? on : order.columns.includes(other))) })}
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}

function Format({ order, change }: Props) {
  const t = useT();
  return (
    <Options
      legend={t.exports.format}
      name="format"
      choices={FORMATS.map((value) => ({ value, title: t.exports.formats[value].name, hint: t.exports.formats[value].hint }))}
      value={order.format}
      onChange={(format) => change({ format })}
    />
  );
}

function Masking({ order, change }: Props) {
  const t = useT();
  return (
    <>
      <Options
        legend={t.exports.maskingName}
        name="masking"
        choices={PROFILES.map((value) => ({ value, title: t.exports.masking[value], hint: t.exports.maskingHint[value] }))}
        value={order.masking}
        onChange={(masking) => change({ masking })}
      />
      {order.masking === 'none' ? (
        <TextArea
          label={t.exports.reason}
          hint={t.exports.reasonHint}
          required
          maxLength={500}
          rows={2}
          value={order.reason}
          onChange={(event) => change({ reason: event.target.value })}
        />
      ) : null}
    </>
  );
}

function Destination({ order, change }: Props) {
  const t = useT();
  return (
    <>
      <p className="text-sm text-ink-2">{t.exports.destinationHint}</p>
      <Checkbox label={t.exports.gzip} hint={t.exports.gzipHint} checked={order.gzip} onChange={(gzip) => change({ gzip })} />
    </>
  );
}

function Review({ order }: Props) {
  const t = useT();
  const { from, to } = scopeIn(order) as { from?: string; to?: string };
  return (
    <>
      <Facts>
        <Fact name={t.exports.query} mono>
          {order.query || t.exports.everything}
        </Fact>
        <Fact name={t.exports.time}>{order.span === 'custom' ? `${from ?? ''} – ${to ?? ''}` : t.exports.spans[order.span]}</Fact>
        {order.classes.length > 0 ? (
          <Fact name={t.exports.onlyClasses}>{order.classes.map((name) => t.audit.class[name]).join(', ')}</Fact>
        ) : null}
        <Fact name={t.exports.format}>{t.exports.formats[order.format].name}</Fact>
        {order.format === 'csv' ? <Fact name={t.exports.columns}>{order.columns.join(', ')}</Fact> : null}
        <Fact name={t.exports.maskingName}>{t.exports.masking[order.masking]}</Fact>
        {order.masking === 'none' ? <Fact name={t.exports.reason}>{order.reason}</Fact> : null}
        {order.maskedFields.trim() ? (
          <Fact name={t.exports.maskedFields} mono>
            {order.maskedFields}
          </Fact>
        ) : null}
        <Fact name={t.exports.gzip}>{order.gzip ? t.exports.yes : t.exports.no}</Fact>
      </Facts>
      <Estimate order={order} />
      <p className="text-xs text-ink-3">{t.exports.recorded}</p>
    </>
  );
}

type OptionsProps<Value extends string> = {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly { readonly value: Value; readonly title: string; readonly hint: ReactNode }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
};

/** One of several, each with what it means. */
function Options<Value extends string>({ legend, name, choices, value, onChange }: OptionsProps<Value>) {
  return (
    <fieldset>
      <legend className="pb-2 text-sm font-medium">{legend}</legend>
      <div className="flex flex-col gap-2">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={`flex cursor-pointer items-start gap-3 rounded-lg border px-3 py-2 ${choice.value === value ? 'border-accent bg-accent-soft' : 'border-line hover:bg-sunken'}`}
          >
            <input
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              className="mt-1 size-4 accent-[var(--accent)]"
            />
            <span className="min-w-0">
              <span className="block text-sm font-medium">{choice.title}</span>
              <span className="block text-xs text-ink-2">{choice.hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
