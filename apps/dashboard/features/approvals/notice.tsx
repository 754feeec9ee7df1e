'use client';
import Bell from 'lucide-react/icons/bell';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { useWaitingCount } from './use-waiting.ts';

const PATH = '/approvals/';
const isThere = () => typeof Notification !== 'undefined';

/** Tells of calls that begin to wait while nobody looks, where the person let the browser do so. It says nothing of what is in them. */
export function ApprovalNotice() {
  const t = useT();
  const waiting = useWaitingCount();
  const before = useRef(waiting);
  useEffect(() => {
    const isMore = waiting > before.current;
    before.current = waiting;
    if (!isMore || !document.hidden || !isThere() || Notification.permission !== 'granted') return;
    const notice = new Notification(t.approvals.noticeTitle(waiting), { body: t.approvals.noticeBody, tag: 'approvals' });
    notice.onclick = () => {
      window.focus();
      window.location.assign(PATH);
    };
  }, [waiting, t]);
  return null;
}

/** Asks the browser for leave to notify. Not shown where it cannot. */
export function NotifyButton() {
  const t = useT();
  const [permission, setPermission] = useState(() => (isThere() ? Notification.permission : undefined));
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
