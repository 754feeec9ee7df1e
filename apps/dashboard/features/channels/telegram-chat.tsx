'use client';
import type { ReactNode } from 'react';
import { useT } from '../../i18n/index.tsx';
import { QrCode } from '../../ui/qr-code.tsx';

/** The way to a chat of Telegram, which people mostly have on the phone while the dashboard is on a computer. */
export function TelegramChat({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const t = useT();
  const address = `https://t.me/${name}`;
  return (
    <div className="flex items-center gap-4 text-sm">
      <QrCode text={address} label={t.channels.qrCode(address)} />
      <div className="flex min-w-0 flex-col items-start gap-2">
        {children}
        <a href={address} target="_blank" rel="noreferrer" className="text-accent underline underline-offset-4 foreign-text">
          {t.channels.openChat(name)}
        </a>
        <p className="text-xs text-ink-3">{t.channels.scanChat}</p>
      </div>
    </div>
  );
}
