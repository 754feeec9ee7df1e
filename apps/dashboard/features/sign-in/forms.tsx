'use client';
import { type ComponentProps, type FormEvent, type ReactNode, useId } from 'react';
import type { Account } from '../../data/api.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';

/** Name and password of a user. */
export function PasswordForm({ user: known, onSubmit }: { readonly user: string; readonly onSubmit: (account: Account) => void }) {
  const t = useT();
  const submit = (fields: FormData) => {
    const [user, password] = [text(fields, 'user').trim(), text(fields, 'password')];
    if (user && password) onSubmit({ user, password });
  };
  return (
    <Form title={t.signIn.account} onSubmit={submit}>
      <Field
        label={t.signIn.user}
        name="user"
        type="text"
        defaultValue={known}
        autoComplete="username"
        autoCapitalize="none"
        maxLength={64}
      />
      <Field label={t.signIn.password} name="password" type="password" autoComplete="current-password">
        <Submit />
      </Field>
    </Form>
  );
}

/** The second step of an account with an authenticator app. */
export function CodeForm({ onSubmit, onBack }: { readonly onSubmit: (code: string) => void; readonly onBack: () => void }) {
  const t = useT();
  const submit = (fields: FormData) => {
    const code = text(fields, 'code').trim();
    if (code) onSubmit(code);
  };
  return (
    <Form title={t.signIn.codeTitle} onSubmit={submit}>
      <p className="text-sm text-ink-2">{t.signIn.codeLead}</p>
      <Field
        label={t.signIn.code}
        name="code"
        type="text"
        autoComplete="one-time-code"
        autoCapitalize="none"
        maxLength={64}
        autoFocus
        hint={t.signIn.codeHint}
        mono
      >
        <Submit />
      </Field>
      <Button look="quiet" className="self-start" onClick={onBack}>
        {t.signIn.back}
      </Button>
    </Form>
  );
}

/** The gateway token, for whoever has the machine. */
export function TokenForm({ onSubmit }: { readonly onSubmit: (token: string) => void }) {
  const t = useT();
  const submit = (fields: FormData) => {
    const token = text(fields, 'token').trim();
    if (token) onSubmit(token);
  };
  return (
    <Form title={t.signIn.orToken} onSubmit={submit}>
      <Field label={t.signIn.token} name="token" type="password" autoComplete="off" hint={t.signIn.tokenHint} mono>
        <Submit />
      </Field>
    </Form>
  );
}

type FormProps = { readonly title: string; readonly onSubmit: (fields: FormData) => void; readonly children: ReactNode };

function Form({ title, onSubmit, children }: FormProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 border-t border-line pt-5">
      <h2 className="text-sm font-semibold">{title}</h2>
      {children}
    </form>
  );
}

type FieldProps = ComponentProps<'input'> & {
  readonly label: string;
  readonly hint?: string;
  readonly mono?: boolean;
  /** What stands beside it. */
  readonly children?: ReactNode;
};

function Field({ label, hint, mono = false, children, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="text-sm text-ink-2">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          spellCheck={false}
          required
          className={classNames('h-9 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-3 text-sm', mono && 'font-mono')}
          {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
          {...input}
        />
        {children}
      </div>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-xs text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

function Submit() {
  const t = useT();
  return (
    <Button type="submit" look="primary" className="h-9">
      {t.signIn.submit}
    </Button>
  );
}

function text(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}
