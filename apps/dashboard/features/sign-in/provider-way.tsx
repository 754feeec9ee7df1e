'use client';
import { useEffect, useState } from 'react';
import { type Provider, signInProvider } from '../../data/api.ts';
import { useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';

/** The way over a provider, where the gateway offers one. The browser leaves this page for it. */
export function ProviderWay({ next }: { readonly next: string }) {
  const t = useT();
  const [provider, setProvider] = useState<Provider>();
  useEffect(() => {
    let isShown = true;
    void signInProvider().then((found) => isShown && setProvider(found));
    return () => {
      isShown = false;
    };
  }, []);
  if (!provider) return null;
  return (
    <a href={`${provider.path}?next=${encodeURIComponent(next)}`} className={buttonLook('primary', 'h-9')}>
      {t.signIn.withProvider(provider.name)}
    </a>
  );
}
