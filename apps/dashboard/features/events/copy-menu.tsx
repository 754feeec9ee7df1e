'use client';
import Braces from 'lucide-react/icons/braces';
import Cloud from 'lucide-react/icons/cloud';
import Link2 from 'lucide-react/icons/link-2';
import Terminal from 'lucide-react/icons/terminal';
import type { Catalog } from '../../i18n/en/index.ts';
import { useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { toast } from '../../ui/toast.tsx';
import type { EventDetail } from './event-drawer.tsx';

/** What can be copied of an event besides its link. */
export const COPIES = [
  { name: 'copyJson', key: 'Y', Icon: Braces, textOf: (event: EventDetail) => JSON.stringify(event, null, 2) },
  { name: 'copyCloudEvent', key: '', Icon: Cloud, textOf: cloudEvent },
  { name: 'copyCurl', key: '', Icon: Terminal, textOf: curl },
] as const;

/** Copies the address of this view, or the event as JSON, as a CloudEvent, or the command that fetches it. */
export function CopyMenu({ event }: { readonly event: EventDetail | undefined }) {
  const t = useT();
  return (
    <>
      <IconButton label={`${t.event.copyLink} y`} onClick={() => void copyLink(t)}>
        <Link2 aria-hidden className="size-4" />
      </IconButton>
      {COPIES.map(({ name, key, Icon, textOf }) => (
        <IconButton
          key={name}
          label={`${t.event[name]} ${key}`.trimEnd()}
          disabled={!event}
          onClick={() => event && void copy(textOf(event), t)}
        >
          <Icon aria-hidden className="size-4" />
        </IconButton>
      ))}
    </>
  );
}

export function copyLink(t: Catalog): Promise<void> {
  return copy(window.location.href, t);
}

export function copyWholeEvent(event: EventDetail, t: Catalog): Promise<void> {
  return copy(JSON.stringify(event, null, 2), t);
}

export async function copy(text: string, t: Catalog): Promise<void> {
  await copyText(text);
  toast(t.common.copied);
}

function cloudEvent({ id, type, streamId, time, position, data }: EventDetail): string {
  const envelope = {
    specversion: '1.0',
    id,
    source: window.location.origin,
    type,
    subject: streamId,
    time: new Date(time).toISOString(),
    sequence: String(position),
    datacontenttype: 'application/json',
    data,
  };
  return JSON.stringify(envelope, null, 2);
}

function curl({ position }: EventDetail): string {
  return `curl -H "Authorization: Bearer $OPENCLAW_TOKEN" ${window.location.origin}/api/events/${position}`;
}
