'use client';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel, PanelRows } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useNotified } from '../approvals/use-notified.ts';

/** The person's browsers that are notified of calls that wait. */
export function NotifiedBrowsers() {
  const t = useT();
  const { browsers, thisId, remove } = useNotified();
  return (
    <Panel title={t.access.notified}>
      <Loaded query={browsers}>
        {({ browsers: list }) => (
          <PanelRows empty={list.length === 0 ? t.access.notNotified : undefined}>
            {list.map(({ id, device = t.access.unknownDevice, service, since }) => (
              <li key={id} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
                <div className="min-w-0 flex-1 basis-64">
                  <p className="flex flex-wrap items-center gap-2">
                    <span className="font-medium">{device}</span>
                    {id === thisId ? <Badge tone="accent">{t.access.thisBrowser}</Badge> : null}
                  </p>
                  <p className="mt-0.5 text-xs break-words text-ink-3">
                    {t.access.notifiedBy(service)} · {t.access.notifiedSince} <Time value={since} />
                  </p>
                </div>
                <Button look="danger" aria-label={t.access.stopNotifying(device)} onClick={() => void remove(id)}>
                  {t.access.notifiedRemove}
                </Button>
              </li>
            ))}
          </PanelRows>
        )}
      </Loaded>
    </Panel>
  );
}
