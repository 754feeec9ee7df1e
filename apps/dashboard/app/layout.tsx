import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Providers } from '../features/frame/providers.tsx';
import './globals.css';

export const metadata: Metadata = { title: 'OpenClaw Gateway', robots: { index: false, follow: false }, referrer: 'no-referrer' };

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Blocks on purpose: theme, language and width must be known before anything is painted. */}
        <script src="/before-paint.js" />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
