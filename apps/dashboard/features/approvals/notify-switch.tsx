'use client';
import { useEffect, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Switch } from '../../ui/choices.tsx';
import { startWorker } from './this-browser.ts';
import { useNotified } from './use-notified.ts';

/** Turns on and off that this browser notifies of calls that wait, and says what keeps it from doing so. */
export function NotifySwitch() {
  const t = useT();
  const { state, turn } = useNotified();
  /** Until it is so, or is known not to become so. */
  const [wanted, setWanted] = useState<boolean>();
  const isOn = state === 'on' || state === 'open';
  const title = t.approvals.pushTitle;
  useEffect(() => {
    // Whoever chose another language is notified in that.
    if (isOn) void startWorker(title);
  }, [isOn, title]);
  if (state === undefined) return null;
  return (
    <Switch
      label={t.approvals.notify}
      hint={t.approvals.notified[state]}
      checked={wanted ?? isOn}
      disabled={state === 'insecure' || state === 'unsupported' || state === 'blocked'}
      onChange={(on) => {
        if (wanted !== undefined) return;
        setWanted(on);
        void turn(on).finally(() => setWanted(undefined));
      }}
    />
  );
}
