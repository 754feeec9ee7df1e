'use client';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type FormEvent, type ReactNode, use, useCallback, useMemo, useState } from 'react';
import { act, CallError } from '../../data/act.ts';
import { bodyOf, type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useSaid, useSay } from '../../ui/said.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';

/** Does something on the access page. What needs a fresh proof of who one is asks for it and goes on. */
export type Act = <T>(path: string, body?: object, said?: string) => Promise<T | undefined>;

const ActContext = createContext<Act | undefined>(undefined);

export function useAct(): Act {
  const run = use(ActContext);
  if (!run) throw new Error('useAct outside of Acts');
  return run;
}

type User = Outputs['access']['me']['user'];

/** Holds the dialog that asks who one is. A failure is said where it happens: acts resolve with nothing then. */
export function Acts({ user, children }: { readonly user: User; readonly children: ReactNode }) {
  const t = useT();
  const say = useSay();
  const cache = useQueryClient();
  const [proving, setProving] = useState<(proved: boolean) => void>();

  const run = useCallback(
    async <T,>(path: string, body: object = {}, said?: string): Promise<T | undefined> => {
      const once = () => act<T>(path, body);
      try {
        const answer = await once().catch(async (error: unknown) => {
          if (!(error instanceof CallError) || error.body?.code !== 'STEP_UP_REQUIRED') throw error;
          const proved = await new Promise<boolean>((resolve) => setProving(() => resolve));
          setProving(undefined);
          return proved ? once() : undefined;
        });
        if (answer === undefined) return undefined;
        if (said !== undefined) toast(said);
        return answer;
      } catch (error) {
        const failed = error instanceof CallError ? error.body : undefined;
        toast(failed ? await say(failed) : t.access.unknownOutcome, 'bad');
        return undefined;
      } finally {
        await cache.invalidateQueries({ queryKey: trpc.access.pathKey() });
      }
    },
    [cache, say, t],
  );
  const value = useMemo(() => run as Act, [run]);
  return (
    <ActContext value={value}>
      {children}
      <StepUp open={proving !== undefined} user={user} onDone={(proved) => proving?.(proved)} />
    </ActContext>
  );
}

type Way = 'password' | 'code' | 'token';

/** Asks who one is, by what this account has. */
function StepUp({ open, user, onDone }: { readonly open: boolean; readonly user: User; readonly onDone: (proved: boolean) => void }) {
  const t = useT();
  const ways: readonly Way[] = user?.totp ? ['code', 'token'] : user?.passwordSetAt === undefined ? ['token'] : ['password', 'token'];
  const [chosen, setChosen] = useState<Way>();
  const [text, setText] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const refused = useSaid(bodyOf(failure));
  const way = chosen ?? ways[0] ?? 'token';
  const leave = (proved: boolean) => {
    setText('');
    setFailure(undefined);
    onDone(proved);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await act('/auth/step-up', { [way]: text.trim() });
      leave(true);
    } catch (failed) {
      setFailure(failed);
    }
  };
  return (
    <Dialog open={open} title={t.access.proveTitle} onClose={() => leave(false)}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-sm text-ink-2">{t.access.proveLead}</p>
        {ways.length > 1 ? (
          <Segmented
            label={t.access.proveBy}
            choices={ways.map((value) => ({ value, title: t.access.proofs[value] }))}
            value={way}
            onChange={setChosen}
          />
        ) : null}
        <TextField
          label={t.access.proofs[way]}
          type={way === 'code' ? 'text' : 'password'}
          autoComplete={way === 'code' ? 'one-time-code' : way === 'password' ? 'current-password' : 'off'}
          hint={way === 'token' ? t.access.tokenHint : undefined}
          error={failure === undefined ? undefined : (refused?.title ?? t.common.unreachable)}
          value={text}
          autoFocus
          required
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" look="primary" className="self-end">
          {t.access.prove}
        </Button>
      </form>
    </Dialog>
  );
}
