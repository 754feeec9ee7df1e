'use client';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';

export type Shown = { readonly title: string; readonly text: string; readonly note?: string };

/** Something that is shown this once: the gateway does not keep it. */
export function SecretDialog({ shown, onClose }: { readonly shown: Shown | undefined; readonly onClose: () => void }) {
  const t = useT();
  return (
    <Dialog
      open={shown !== undefined}
      title={shown?.title ?? ''}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          {t.access.haveIt}
        </Button>
      }
    >
      {shown ? (
        <div className="flex flex-col gap-3">
          <p className="text-sm text-ink-2">{shown.note ?? t.access.shownOnce}</p>
          <CodeBlock label={shown.title} text={shown.text} wrap />
        </div>
      ) : null}
    </Dialog>
  );
}
