'use client';
import Clock from 'lucide-react/icons/clock';
import { type FormEvent, type KeyboardEvent, memo, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useLanguage } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/choices.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Popover } from '../../ui/popover.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { carryRange } from './carried-range.ts';
import { useKeys } from './keys.ts';
import { TIME_RANGE_SLOT } from './slots.ts';
import { boundsOf, fieldText, fieldTime, RANGES, type Range, type TimeRange } from './time-range.ts';

type PickerProps = {
  readonly value: TimeRange;
  readonly onChange: (value: TimeRange) => void;
  /** What may be chosen; without it every range and times of one's own. */
  readonly ranges?: readonly Range[] | undefined;
};

/** The time that the page is about. A page with a range shows it in the header; `t` opens it. */
export const TimeRangePicker = memo(function TimeRangePicker({ value, onChange, ranges }: PickerProps) {
  const { t, format } = useLanguage();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the page was opened with goes along, and what is chosen on it
  useEffect(() => {
    if (new URLSearchParams(window.location.search).has('range')) carryRange(value);
  }, []);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  useEffect(() => setSlot(document.getElementById(TIME_RANGE_SLOT)), []);
  useKeys({ t: () => document.getElementById(TIME_RANGE_SLOT)?.querySelector('button')?.click() });
  if (!slot) return null;
  const { range, fromTime, toTime } = value;
  const day = (time: number | null) => (time === null ? '…' : format.day(time));
  const text = range === 'custom' ? t.timeRange.own(day(fromTime), day(toTime)) : t.timeRange.ranges[range];
  return createPortal(
    <Popover
      label={t.timeRange.label(text)}
      className="max-md:px-2"
      button={
        <>
          <Clock aria-hidden className="size-4 shrink-0 text-ink-3" />
          <span className="truncate max-md:hidden">{text}</span>
        </>
      }
    >
      {(close) => (
        <Choice
          value={value}
          ranges={ranges}
          onChange={(next) => {
            carryRange(next);
            onChange(next);
            close();
          }}
        />
      )}
    </Popover>,
    slot,
  );
});

function Choice({ value, onChange, ranges }: PickerProps) {
  const { t, isUtc, toggleClock } = useLanguage();
  const list = useRef<HTMLDivElement>(null);
  const buttons = () => [...(list.current?.querySelectorAll('button') ?? [])];
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it is opened
  useEffect(() => (buttons().find((button) => button.ariaPressed === 'true') ?? buttons()[0])?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = buttons();
    all[(all.indexOf(document.activeElement as HTMLButtonElement) + step + all.length) % all.length]?.focus();
  };
  return (
    <div className="flex w-72 max-w-full flex-col gap-3">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot lay out its buttons in columns */}
      <div ref={list} role="group" aria-label={t.timeRange.title} onKeyDown={onKeyDown} className="grid grid-cols-2 gap-1">
        {(ranges ?? RANGES).map((range) => (
          <button
            key={range}
            type="button"
            aria-pressed={range === value.range}
            onClick={() => onChange({ range, fromTime: null, toTime: null })}
            className={classNames(
              'h-8 rounded-md px-2 text-left text-sm',
              range === value.range ? 'bg-accent-soft font-medium text-accent' : 'hover:bg-sunken',
            )}
          >
            {t.timeRange.ranges[range]}
          </button>
        ))}
      </div>
      {ranges === undefined ? <OwnTimes value={value} onChange={onChange} /> : null}
      <Switch label={t.timeRange.utc} checked={isUtc} onChange={toggleClock} className="border-t border-line pt-2" />
    </div>
  );
}

/** A beginning and an end of one's own; without an end it goes on with the present. */
function OwnTimes({ value, onChange }: Pick<PickerProps, 'value' | 'onChange'>) {
  const { t, isUtc } = useLanguage();
  const [bounds, setBounds] = useState(() => boundsOf(value, Date.now()));
  const [refused, setRefused] = useState(false);
  const { fromTime = null, toTime = null } = bounds;
  const set = (name: keyof typeof bounds, text: string) => {
    const { [name]: _, ...other } = bounds;
    const time = fieldTime(text, isUtc);
    setBounds(time === null ? other : { ...other, [name]: time });
    setRefused(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fromTime !== null && toTime !== null && fromTime >= toTime) return setRefused(true);
    onChange({ range: fromTime === null && toTime === null ? 'all' : 'custom', fromTime, toTime });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2 border-t border-line pt-3">
      <TextField
        label={t.timeRange.from}
        type="datetime-local"
        step={1}
        value={fieldText(fromTime, isUtc)}
        onChange={({ target }) => set('fromTime', target.value)}
      />
      <TextField
        label={t.timeRange.to}
        hint={t.timeRange.toHint}
        error={refused ? t.timeRange.endFirst : undefined}
        type="datetime-local"
        step={1}
        value={fieldText(toTime, isUtc)}
        onChange={({ target }) => set('toTime', target.value)}
      />
      <Button type="submit" className="self-start">
        {t.timeRange.apply}
      </Button>
    </form>
  );
}
