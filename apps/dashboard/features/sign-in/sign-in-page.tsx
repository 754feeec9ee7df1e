'use client';
import { useEffect, useState } from 'react';
import { linkCode, returnPath } from '../../data/sign-in-redirect.ts';
import { SignIn } from './sign-in.tsx';

/** What is in the address is read once: a code does not stay there. */
export function SignInPage() {
  const [wanted, setWanted] = useState<{ readonly code: string | undefined; readonly next: string }>();
  useEffect(() => {
    const { hash, search } = window.location;
    setWanted((known) => known ?? { code: linkCode(hash), next: returnPath(new URLSearchParams(search).get('next')) });
  }, []);
  return wanted ? <SignIn {...wanted} /> : null;
}
