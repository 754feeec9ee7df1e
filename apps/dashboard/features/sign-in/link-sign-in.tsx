'use client';
import { lazy, type ReactNode, useState } from 'react';
import { returnPath } from '../../data/sign-in-redirect.ts';
import { linkCode } from './link-code.ts';

const SignIn = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignIn }));

/** A sign-in link may open any page: its code is used first, and the page comes after. */
export function LinkSignIn({ children }: { readonly children: ReactNode }) {
  const [code] = useState(() => linkCode(window.location.hash));
  if (code === undefined) return children;
  return <SignIn code={code} next={wantedPath()} />;
}

function wantedPath(): string {
  const { pathname, search } = window.location;
  return pathname.startsWith('/sign-in') ? returnPath(new URLSearchParams(search).get('next')) : pathname + search;
}
