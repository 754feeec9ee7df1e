'use client';
import NextLink from 'next/link';
import type { ComponentProps } from 'react';

/** A link to a page of the dashboard. It loads nothing ahead: lists have hundreds of them, and the navigation does so once for each page. */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
