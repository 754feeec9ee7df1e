'use client';
import { useState } from 'react';
import { returnPath } from '../../data/sign-in-redirect.ts';
import { SignIn } from './sign-in.tsx';

export function SignInPage() {
  const [next] = useState(() => new URLSearchParams(window.location.search).get('next'));
  return <SignIn next={returnPath(next)} />;
}
