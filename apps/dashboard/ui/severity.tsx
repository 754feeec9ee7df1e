'use client';
import type { Severity } from '@openclaw-gateway/events';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleDot from 'lucide-react/icons/circle-dot';
import Info from 'lucide-react/icons/info';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

const LOOKS = {
  debug: { Icon: CircleDot, colour: 'text-ink-3' },
  info: { Icon: Info, colour: 'text-accent' },
  warn: { Icon: TriangleAlert, colour: 'text-warn' },
  error: { Icon: CircleAlert, colour: 'text-bad' },
} as const;

/** Severity as colour, shape and word. */
export function SeverityMark({ severity, short = false }: { readonly severity: Severity; readonly short?: boolean }) {
  const t = useT();
  const { Icon, colour } = LOOKS[severity];
  return (
    <span className={classNames('inline-flex items-center gap-1', colour)} title={t.severity[severity]}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span className={short ? 'sr-only' : 'text-xs'}>{t.severity[severity]}</span>
    </span>
  );
}
