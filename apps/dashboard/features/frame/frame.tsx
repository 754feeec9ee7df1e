'use client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { openFeed } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { useMatches } from '../../ui/in-browser.ts';
import { later } from '../../ui/later.tsx';
import { Toasts } from '../../ui/toast.tsx';
import { Announcer } from './announcer.tsx';
import { Header } from './header.tsx';
import { Navigation } from './navigation.tsx';
import { Shortcuts } from './shortcuts.tsx';

const ApprovalNotice = later(() => import('../approvals/notice.tsx').then((module) => module.ApprovalNotice), { idle: true });
const BottomBar = later(() => import('./bottom-bar.tsx').then((module) => module.BottomBar), { idle: true });

/** The frame around every page: navigation, header, keyboard, and the one live stream. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const t = useT();
  useEffect(openFeed, []);
  const onPhone = useMatches('(width < 40rem)', false);
  const me = useQuery(trpc.frame.me.queryOptions());
  return (
    <>
      <a
        href="#page"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t.frame.skip}
      </a>
      <div className="flex min-h-dvh">
        <Navigation />
        <div className="flex min-w-0 flex-1 flex-col">
          <Header userId={me.data?.userId} />
          <main id="page" tabIndex={-1} className="flex min-w-0 flex-1 flex-col p-3 pb-20 outline-none sm:p-5 sm:pb-5">
            {children}
          </main>
        </div>
      </div>
      {onPhone ? <BottomBar /> : null}
      <Shortcuts />
      <Announcer />
      <ApprovalNotice />
      <Toasts />
    </>
  );
}
