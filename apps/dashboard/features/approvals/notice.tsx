'use client';
import { useEffect, useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { readThisBrowser } from './this-browser.ts';
import { useWaitingCount } from './use-waiting.ts';

const PATH = '/approvals/';

/** Tells of calls that begin to wait while nobody looks, where the person wants that and no push does. It says nothing of what is in them. */
export function ApprovalNotice() {
  const t = useT();
  const waiting = useWaitingCount();
  const before = useRef(waiting);
  useEffect(() => {
    const isMore = waiting > before.current;
    before.current = waiting;
    if (!isMore || !document.hidden) return;
    void readThisBrowser().then(({ isOn, id }) => {
      if (!isOn || id !== undefined) return;
      const notice = new Notification(t.frame.callsWait(waiting), { body: t.frame.callsWaitBody, tag: 'approvals' });
      notice.onclick = () => {
        window.focus();
        window.location.assign(PATH);
      };
    });
  }, [waiting, t]);
  return null;
}
