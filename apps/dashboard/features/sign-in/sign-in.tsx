'use client';
import CircleAlert from 'lucide-react/icons/circle-alert';
import { useEffect, useRef, useState } from 'react';
import { type Account, type SignInFailure, signInByCode, signInByPassword, signInByToken } from '../../data/api.ts';
import { signIn } from '../../i18n/en/sign-in.ts';
import { useFormat, useT, withText } from '../../i18n/index.tsx';
import { Command } from '../../ui/command.tsx';
import { useSaid } from '../../ui/said.tsx';
import { LanguageMenu, ThemeMenu } from '../frame/header.tsx';
import { Logo } from '../frame/logo.tsx';
import { explain } from './failure.ts';
import { CodeForm, PasswordForm, TokenForm } from './forms.tsx';
import { ProviderWay } from './provider-way.tsx';

type SignInProps = { readonly code: string | undefined; readonly next: string };

/** Signs in by the code of a link, or shows the ways in: a new link, an account, or the gateway token. It never leads nowhere. */
export const SignIn = withText({ signIn }, WaysIn);

function WaysIn({ code, next }: SignInProps) {
  const t = useT();
  const [failure, setFailure] = useState<SignInFailure>();
  const [working, setWorking] = useState(code !== undefined);
  // The account whose password was right and of which a code is still missing.
  const [half, setHalf] = useState<Account>();
  const [lastUser, setLastUser] = useState('');
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

  const submitAccount = (account: Account) => {
    setWorking(true);
    setLastUser(account.user);
    void signInByPassword(account).then((result) => {
      if (result?.reason !== 'TOTP_REQUIRED') return finish(result);
      setHalf(account);
      setFailure(undefined);
      setWorking(false);
    });
  };

  const startAnew = () => {
    setHalf(undefined);
    setFailure(undefined);
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
        ) : half ? (
          <>
            {failure ? <Failure failure={failure} /> : null}
            <CodeForm onSubmit={(typed) => submitAccount({ ...half, code: typed })} onBack={startAnew} />
          </>
        ) : (
          <Ways failure={failure} user={lastUser} next={next} onToken={submitToken} onAccount={submitAccount} />
        )}
      </main>
    </div>
  );
}

type WaysProps = {
  readonly failure: SignInFailure | undefined;
  /** The name that was tried last. */
  readonly user: string;
  readonly next: string;
  readonly onToken: (token: string) => void;
  readonly onAccount: (account: Account) => void;
};

function Ways({ failure, user, next, onToken, onAccount }: WaysProps) {
  const t = useT();
  return (
    <>
      {failure ? <Failure failure={failure} /> : <FirstTime />}
      <ProviderWay next={next} />
      <PasswordForm user={user} onSubmit={onAccount} />
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
  const { duration } = useFormat();
  const { title, why, command } = explain(failure, t.signIn, duration, useSaid(failure.body));
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4">
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p className="font-semibold">{title}</p>
        <p className="text-sm whitespace-pre-line text-ink-2">{why}</p>
        <Command text={command} />
      </div>
    </div>
  );
}
