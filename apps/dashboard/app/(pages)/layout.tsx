'use client';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, Suspense } from 'react';
import { Skeleton } from '../../ui/states.tsx';

/** The pages whose state is in their address: they are shown once the browser has it. */
export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <Suspense fallback={<Skeleton lines={8} />}>
      <NuqsAdapter>{children}</NuqsAdapter>
    </Suspense>
  );
}
