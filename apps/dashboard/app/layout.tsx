import { readFileSync } from 'node:fs';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Providers } from '../features/frame/providers.tsx';
import './globals.css';

export const metadata: Metadata = { title: 'OpenClaw Gateway', robots: { index: false, follow: false }, referrer: 'no-referrer' };

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

const BEFORE_PAINT = readFileSync('app/before-paint.js', 'utf8');

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Inline on purpose: theme, language and width must be known before anything is painted. */}
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a script of our own, whose hash the content security policy of the page names */}
        <script dangerouslySetInnerHTML={{ __html: BEFORE_PAINT }} />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
