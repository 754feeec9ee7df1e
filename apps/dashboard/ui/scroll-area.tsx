import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

type ScrollAreaProps = { readonly label: string; readonly className?: string; readonly children: ReactNode };

/**
 * What scrolls by itself within a page, and so must be reachable by keyboard. It is no landmark: the panel around it is. It is what
 * its texts for screen readers stand in, which would widen the page otherwise.
 */
export function ScrollArea({ label, className, children }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a fieldset holds fields
    <div role="group" aria-label={label} tabIndex={0} className={classNames('relative min-w-0 scroll-quiet', className)}>
      {children}
    </div>
  );
}
