'use client';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { Checkbox, Select, Switch } from '../../ui/choices.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Popover, Tooltip } from '../../ui/popover.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { SeverityMark } from '../../ui/severity.tsx';
import { TextArea, TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';

const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const;
const VIEWS = ['table', 'timeline', 'json'] as const;

/** What one acts with, in all its states. */
export function Controls({ theme }: { readonly theme: string }) {
  const t = useT();
  const d = t.design;
  return (
    <>
      <Panel title={d.in(d.buttons, theme)}>
        <div className="flex flex-wrap gap-2 px-4 py-3">
          <Button look="primary">{d.primary}</Button>
          <Button>{d.plain}</Button>
          <Button look="quiet">{d.quiet}</Button>
          <Button look="danger">{d.danger}</Button>
          <Button disabled>{d.disabled}</Button>
          <IconButton label={d.icon}>
            <RefreshCw aria-hidden className="size-4" />
          </IconButton>
        </div>
      </Panel>
      <Panel title={d.in(d.badges, theme)}>
        <div className="flex flex-wrap items-center gap-2 px-4 py-3">
          {(['neutral', 'accent', 'ok', 'warn', 'bad'] as const).map((tone) => (
            <Badge key={tone} tone={tone}>
              {d[tone]}
            </Badge>
          ))}
          <Chip name={d.chip} onRemove={() => undefined}>
            {d.chip}
          </Chip>
          {SEVERITIES.map((severity) => (
            <SeverityMark key={severity} severity={severity} />
          ))}
        </div>
      </Panel>
      <Fields theme={theme} />
      <Overlays theme={theme} />
    </>
  );
}

function Fields({ theme }: { readonly theme: string }) {
  const t = useT();
  const d = t.design;
  const [name, setName] = useState('7th-floor');
  const [channel, setChannel] = useState('telegram');
  const [view, setView] = useState<(typeof VIEWS)[number]>('timeline');
  const [isLive, setLive] = useState(true);
  const [isChecked, setChecked] = useState(false);
  return (
    <Panel title={d.in(d.forms, theme)}>
      <div className="grid gap-4 px-4 py-3 sm:grid-cols-2">
        <TextField label={d.field} hint={d.fieldHint} value="telegram" readOnly />
        <TextField
          label={d.field}
          error={/^[a-z]/i.test(name) ? undefined : d.fieldError}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Select
          label={d.select}
          choices={[
            { value: 'telegram', title: 'telegram' },
            { value: 'slack', title: 'slack' },
          ]}
          value={channel}
          onChange={setChannel}
        />
        <TextField label={d.field} value="telegram" disabled readOnly />
        <TextArea label={d.area} optional rows={2} />
        <div className="flex flex-col items-start gap-3">
          <Switch label={d.switch} hint={d.switchHint} checked={isLive} onChange={setLive} />
          <Checkbox label={d.check} checked={isChecked} onChange={setChecked} />
          <Segmented
            label={d.segmented}
            choices={VIEWS.map((value) => ({ value, title: d.views[value] }))}
            value={view}
            onChange={setView}
          />
        </div>
      </div>
    </Panel>
  );
}

function Overlays({ theme }: { readonly theme: string }) {
  const t = useT();
  const d = t.design;
  const [isAsking, setAsking] = useState(false);
  return (
    <Panel title={d.in(d.overlays, theme)}>
      <div className="flex flex-wrap gap-2 px-4 py-3">
        <Button onClick={() => setAsking(true)}>{d.openDialog}</Button>
        <Popover label={d.openPopover} button={d.openPopover}>
          <p className="max-w-60 text-sm">{d.popoverText}</p>
        </Popover>
        <Tooltip text={d.tooltip}>
          <Button look="quiet" onClick={() => toast(d.toastText)}>
            {d.toast}
          </Button>
        </Tooltip>
      </div>
      <ConfirmDialog
        open={isAsking}
        title={d.dialogTitle}
        action={d.dialogAction}
        danger
        reason="required"
        onConfirm={() => setAsking(false)}
        onClose={() => setAsking(false)}
      >
        <p>{d.dialogText}</p>
      </ConfirmDialog>
    </Panel>
  );
}
