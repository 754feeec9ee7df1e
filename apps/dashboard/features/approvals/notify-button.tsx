'use client';
import Bell from 'lucide-react/icons/bell';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { canNotify } from './can-notify.ts';

/** Asks the browser for leave to notify. Not shown where it cannot. */
export function NotifyButton() {
  const t = useT();
  const [permission, setPermission] = useState(() => (canNotify() ? Notification.permission : undefined));
  if (permission === undefined || !window.isSecureContext) return null;
  if (permission !== 'default')
    return <p className="text-xs text-ink-3">{permission === 'granted' ? t.approvals.notifyOn : t.approvals.notifyBlocked}</p>;
  return (
    <Button look="quiet" onClick={() => void Notification.requestPermission().then(setPermission)}>
      <Bell aria-hidden className="size-4" />
      {t.approvals.notify}
    </Button>
  );
}
