'use client';
import type { ErrorBody } from '@openclaw-gateway/events';
/** The one way to the gateway: typed calls with a cache, and streams that resume. */
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createTRPCClient, httpBatchStreamLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { AppRouter } from 'openclaw/trpc';
import { CallError } from './act.ts';
import { leaveForSignIn } from './sign-in-redirect.ts';

export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

const url = '/trpc';

export const client = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url }),
      false: httpBatchStreamLink({ url, maxURLLength: 4_000, maxItems: 10 }),
    }),
  ],
});

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && (bodyOf(error)?.retryable ?? true),
      refetchOnWindowFocus: true,
      networkMode: 'always',
    },
    mutations: { onError: leaveWhenSignedOut, networkMode: 'always' },
  },
});

export const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });

/** What the gateway said about a failed call; nothing when it could not be reached. */
export function bodyOf(error: unknown): ErrorBody | undefined {
  if (error instanceof CallError) return error.body;
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error.data as { error?: ErrorBody } | null | undefined)?.error;
}

/** Whether the call failed because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof TRPCClientError && (error.data as { httpStatus?: number } | null)?.httpStatus === 401;
}

function leaveWhenSignedOut(error: unknown): void {
  if (isSignedOut(error)) leaveForSignIn();
}
