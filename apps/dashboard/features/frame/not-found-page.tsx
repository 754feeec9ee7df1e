'use client';
import { useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { EmptyState } from '../../ui/states.tsx';

export function NotFoundPage() {
  const t = useT();
  return (
    <EmptyState title={t.frame.notFound}>
      <Link href="/" className={buttonLook('plain')}>
        {t.frame.overview}
      </Link>
    </EmptyState>
  );
}
