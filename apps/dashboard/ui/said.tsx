'use client';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { bodyOf } from '../data/trpc.ts';
import { useLanguage } from '../i18n/index.tsx';
import type { Problem, SaidProblem } from '../i18n/said.ts';
import { toast } from './toast.tsx';

/** A problem in the language of the page: as the gateway said it until the words are there. */
export function useSaid(problem: Problem): SaidProblem;
export function useSaid(problem: Problem | undefined): SaidProblem | undefined;
export function useSaid(problem: Problem | undefined): SaidProblem | undefined {
  const { say } = useLanguage();
  const { data } = useQuery({
    queryKey: ['said', problem?.code, problem?.message, problem?.remedy],
    queryFn: () => problem && say?.(problem),
    enabled: say !== undefined && problem !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return problem && ((say && data) ?? asItIs(problem));
}

const asItIs = ({ message, remedy }: Problem): SaidProblem => ({ title: message, remedy });

/** What happened and, where it is known, what to do; beneath it the gateway's own sentence, where that has more. */
export function Said({ problem }: { readonly problem: Problem }) {
  const { title, remedy, own } = useSaid(problem);
  return (
    <>
      {title}
      {remedy ? ` ${remedy}` : null}
      {own ? (
        <span lang="en" className="block text-ink-2 foreign-text">
          {own}
        </span>
      ) : null}
    </>
  );
}

/** Why a call failed; without the remedy where there is no room for it. */
export function SaidError({ error, brief = false }: { readonly error: unknown; readonly brief?: boolean }) {
  const { t } = useLanguage();
  const body = bodyOf(error);
  if (!body) return t.common.unreachable;
  return <Said problem={brief ? { code: body.code, message: body.message } : body} />;
}

/** A problem as text, for what is said once and not again. */
export function useSay(): (problem: Problem) => Promise<string> {
  const { say } = useLanguage();
  return useCallback(
    async (problem) => {
      const { title, remedy, own } = (await say?.(problem).catch(() => undefined)) ?? asItIs(problem);
      return [remedy ? `${title} ${remedy}` : title, own].filter(Boolean).join('\n');
    },
    [say],
  );
}

/** Says in a toast why a call failed. */
export function useSayError(): (error: unknown) => void {
  const { t } = useLanguage();
  const say = useSay();
  return useCallback(
    (error) => {
      const body = bodyOf(error);
      if (!body) return toast(t.common.unreachable, 'bad');
      const { code, message } = body;
      void say({ code, message }).then((text) => toast(text, 'bad'));
    },
    [say, t],
  );
}
