import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import Info from 'lucide-react/icons/info';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

const LOOKS = {
  info: { Icon: Info, colour: 'bg-accent-soft text-accent' },
  ok: { Icon: CircleCheck, colour: 'bg-ok-soft text-ok' },
  warn: { Icon: TriangleAlert, colour: 'bg-warn-soft text-warn' },
  bad: { Icon: CircleAlert, colour: 'bg-bad-soft text-bad' },
} as const;

type BannerProps = {
  readonly tone: keyof typeof LOOKS;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
};

/** Something about the whole page that one should know before one reads it. */
export function Banner({ tone, title, children, actions, className }: BannerProps) {
  const { Icon, colour } = LOOKS[tone];
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={classNames('flex flex-wrap gap-x-3 gap-y-2 rounded-lg px-3 py-2.5 text-sm', colour, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-medium">{title}</p>
        {children ? <div className="text-ink-2">{children}</div> : null}
      </div>
      {actions ? <div className="flex shrink-0 items-center gap-2">{actions}</div> : null}
    </div>
  );
}
