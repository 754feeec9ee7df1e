'use client';
import { QueryClientProvider } from '@tanstack/react-query';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { queryClient } from '../../data/trpc.ts';
import { LanguageProvider } from '../../i18n/index.tsx';
import { Frame } from './frame.tsx';

/** What every page stands in. The sign-in page has no frame: nobody is signed in there. */
export function Providers({ children }: { readonly children: ReactNode }) {
  const bare = usePathname().startsWith('/sign-in');
  return (
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>{bare ? children : <Frame>{children}</Frame>}</LanguageProvider>
    </QueryClientProvider>
  );
}
