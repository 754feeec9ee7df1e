'use client';
import Braces from 'lucide-react/icons/braces';
import Link2 from 'lucide-react/icons/link-2';
import { useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { toast } from '../../ui/toast.tsx';
import type { EventDetail } from './event-drawer.tsx';

/** Copies the address of this view, or the event as JSON. */
export function CopyMenu({ event }: { readonly event: EventDetail | undefined }) {
  const t = useT();
  const copy = async (text: string) => {
    await copyText(text);
    toast(t.common.copied);
  };
  return (
    <>
      <IconButton label={t.event.copyLink} onClick={() => void copy(window.location.href)}>
        <Link2 aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={t.event.copyJson} disabled={!event} onClick={() => void copy(JSON.stringify(event, null, 2))}>
        <Braces aria-hidden className="size-4" />
      </IconButton>
    </>
  );
}
