'use client';
import { useT } from '../i18n/index.tsx';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

/** The pages of a list, as an infinite query has them. */
export type MorePages = {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
};

type LoadMoreProps = {
  readonly pages: MorePages;
  /** What it is called where it is not just more. */
  readonly title?: string | undefined;
  readonly className?: string;
};

/** Fetches the next page of a list; nothing where there is none. */
export function LoadMore({ pages, title, className = 'border-t border-line p-2' }: LoadMoreProps) {
  const t = useT();
  if (!pages.hasNextPage) return null;
  return (
    <div className={classNames('flex shrink-0 justify-center', className)}>
      <Button look="quiet" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
        {title ?? t.common.loadMore}
      </Button>
    </div>
  );
}
