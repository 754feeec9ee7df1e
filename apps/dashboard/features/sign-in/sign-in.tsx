'use client';
import CircleAlert from 'lucide-react/icons/circle-alert';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type SignInFailure, signInByCode, signInByToken } from '../../data/api.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { LanguageMenu, ThemeMenu } from '../frame/header.tsx';
import { Logo } from '../frame/logo.tsx';
import { explain } from './failure.ts';

type SignInProps = { readonly code?: string; readonly next: string };

/** Signs in by the code of a link, or shows both ways in: a new link, or the gateway token. It never leads nowhere. */
export function SignIn({ code, next }: SignInProps) {
  const t = useT();
  const [failure, setFailure] = useState<SignInFailure>();
  const [working, setWorking] = useState(code !== undefined);
  const started = useRef(false);

  const finish = (result: SignInFailure | undefined) => {
    if (!result) return window.location.replace(next);
    setFailure(result);
    setWorking(false);
  };

  useEffect(() => {
    document.title = `${t.signIn.title} · ${t.product}`;
    // A code works once: it must be sent once, and must not stay in the address.
    if (code === undefined || started.current) return;
    started.current = true;
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    void signInByCode(code).then(finish);
  });

  const submitToken = (token: string) => {
    setWorking(true);
    void signInByToken(token).then(finish);
  };

  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex justify-end gap-1 p-3">
        <LanguageMenu />
        <ThemeMenu />
      </header>
      <main className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center gap-6 px-5 pb-24">
        <div className="flex items-center gap-3">
          <Logo />
          <h1 className="text-xl font-semibold">{t.product}</h1>
        </div>
        {working ? (
          <p role="status" className="animate-pulse-soft text-ink-2">
            {t.signIn.working}
          </p>
        ) : (
          <Ways failure={failure} onToken={submitToken} />
        )}
      </main>
    </div>
  );
}

function Ways({ failure, onToken }: { readonly failure: SignInFailure | undefined; readonly onToken: (token: string) => void }) {
  const t = useT();
  return (
    <>
      {failure ? <Failure failure={failure} /> : <FirstTime />}
      <TokenForm onSubmit={onToken} />
      {failure?.reason === 'TOKEN_MISMATCH' ? <p className="text-sm text-ink-3">{t.signIn.leadAfter}</p> : null}
    </>
  );
}

function FirstTime() {
  const t = useT();
  return (
    <div className="flex flex-col items-start gap-2 text-ink-2">
      <p>{t.signIn.lead}</p>
      <Command text="openclaw dashboard" />
      <p className="text-sm text-ink-3">{t.signIn.leadAfter}</p>
    </div>
  );
}

function Failure({ failure }: { readonly failure: SignInFailure }) {
  const t = useT();
  const { title, why, command } = explain(failure, t.signIn);
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4">
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p className="font-semibold">{title}</p>
        <p className="text-sm text-ink-2">{why}</p>
        <Command text={command} />
      </div>
    </div>
  );
}

function TokenForm({ onSubmit }: { readonly onSubmit: (token: string) => void }) {
  const t = useT();
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    if (typeof token === 'string' && token.trim()) onSubmit(token.trim());
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 border-t border-line pt-5">
      <h2 className="text-sm font-semibold">{t.signIn.orToken}</h2>
      <label htmlFor={id} className="text-sm text-ink-2">
        {t.signIn.token}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          name="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          aria-describedby={`${id}-hint`}
          className="h-9 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-3 font-mono text-sm"
        />
        <Button type="submit" look="primary" className="h-9">
          {t.signIn.submit}
        </Button>
      </div>
      <p id={`${id}-hint`} className="text-xs text-ink-3">
        {t.signIn.tokenHint}
      </p>
    </form>
  );
}
