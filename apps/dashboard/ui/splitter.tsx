'use client';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

type SplitterProps = {
  readonly first: ReactNode;
  readonly second: ReactNode;
  /** What the first pane has at the beginning, in hundredths. */
  readonly share?: number;
  readonly className?: string;
};

const LEAST = 20;
const MOST = 80;
const STEP = 5;

/** Two panes beside each other with a bar between that is dragged, or moved by the arrow keys. On narrow windows one is below the other. */
export function Splitter({ first, second, share = 50, className }: SplitterProps) {
  const t = useT();
  const root = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(share);
  const move = (to: number) => setAt(Math.round(Math.min(MOST, Math.max(LEAST, to))));
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = root.current?.getBoundingClientRect();
    if (box) move(((event.clientX - box.left) / box.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - STEP, ArrowRight: at + STEP, Home: LEAST, End: MOST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  };
  return (
    <div ref={root} className={classNames('flex min-h-0 min-w-0 max-lg:flex-col max-lg:gap-4', className)}>
      <div className="min-h-0 min-w-0 lg:w-(--first) lg:shrink-0" style={{ '--first': `calc(${at}% - 0.5rem)` } as React.CSSProperties}>
        {first}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved */}
      <div
        role="separator"
        aria-label={t.ui.resize}
        aria-orientation="vertical"
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        aria-valuenow={at}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        className="group flex w-4 shrink-0 cursor-col-resize touch-none justify-center max-lg:hidden"
      >
        <span className="w-px bg-line group-hover:w-0.5 group-hover:bg-accent group-focus-visible:w-0.5 group-focus-visible:bg-accent" />
      </div>
      <div className="min-h-0 min-w-0 flex-1">{second}</div>
    </div>
  );
}
