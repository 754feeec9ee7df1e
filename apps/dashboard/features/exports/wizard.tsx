'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { bodyOf, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SaidError } from '../../ui/said.tsx';
import { StepUpDialog } from '../sign-in/step-up-dialog.tsx';
import { isComplete, newOrder, type Order, orderIn, STEPS, type Step } from './order.ts';
import { StepContent } from './wizard-steps.tsx';

type Props = {
  readonly open: boolean;
  readonly beginning: Partial<Order>;
  readonly defaultMasking: Order['masking'];
  readonly onClose: () => void;
};

/** Puts an export together step by step and begins it. */
export function Wizard({ open, beginning, defaultMasking, onClose }: Props) {
  const t = useT();
  const form = useId();
  const cache = useQueryClient();
  const [step, setStep] = useState<Step>('scope');
  const [order, setOrder] = useState<Order>(() => ({ ...newOrder(defaultMasking), ...beginning }));
  const [proving, setProving] = useState(false);
  useEffect(() => {
    if (!open) return;
    setStep('scope');
    setOrder({ ...newOrder(defaultMasking), ...beginning });
  }, [open, beginning, defaultMasking]);
  const start = useMutation({
    ...trpc.exports.start.mutationOptions(),
    onSuccess: () => {
      void cache.invalidateQueries(trpc.exports.list.pathFilter());
      onClose();
    },
    onError: (error) => {
      if (bodyOf(error)?.code === 'STEP_UP_REQUIRED') setProving(true);
    },
  });
  const at = STEPS.indexOf(step);
  const problem = start.error && bodyOf(start.error)?.code !== 'STEP_UP_REQUIRED' ? start.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const next = STEPS[at + 1];
    if (!isComplete(step, order)) return;
    if (next) setStep(next);
    else start.mutate(orderIn(order));
  };
  return (
    <>
      <Dialog
        open={open && !proving}
        size="large"
        title={t.exports.begin}
        onClose={onClose}
        actions={
          <>
            <Button onClick={() => setStep(STEPS[at - 1] ?? 'scope')} disabled={at === 0}>
              {t.exports.back}
            </Button>
            <Button type="submit" form={form} look="primary" disabled={!isComplete(step, order) || start.isPending}>
              {at === STEPS.length - 1 ? t.exports.startNow : t.exports.next}
            </Button>
          </>
        }
      >
        <form id={form} onSubmit={submit} className="flex min-h-80 flex-col gap-4">
          <ol aria-label={t.exports.steps} className="flex flex-wrap gap-x-1 gap-y-1 border-b border-line pb-3 text-xs">
            {STEPS.map((name, index) => (
              <li key={name}>
                <button
                  type="button"
                  aria-current={name === step ? 'step' : undefined}
                  disabled={index > at}
                  onClick={() => setStep(name)}
                  className={classNames(
                    'min-h-6 rounded-full px-2.5 disabled:cursor-default',
                    name === step ? 'bg-accent-soft font-medium text-accent' : index < at ? 'text-ink hover:bg-sunken' : 'text-ink-3',
                  )}
                >
                  {index + 1}. {t.exports.step[name]}
                </button>
              </li>
            ))}
          </ol>
          <StepContent step={step} order={order} change={(part) => setOrder((now) => ({ ...now, ...part }))} />
          {problem ? (
            <p role="alert" className="text-sm text-bad">
              <SaidError error={problem} />
            </p>
          ) : null}
        </form>
      </Dialog>
      <StepUpDialog
        open={proving}
        onClose={() => setProving(false)}
        onProved={() => {
          setProving(false);
          start.mutate(orderIn(order));
        }}
      />
    </>
  );
}
