/** Goes to the sign-in page and remembers the way back. */
export function leaveForSignIn(): void {
  const { pathname, search } = window.location;
  if (pathname.startsWith('/sign-in')) return;
  window.location.replace(`/sign-in/?next=${encodeURIComponent(pathname + search)}`);
}

/** The page that was wanted. Only a path of this gateway counts. */
export function returnPath(next: string | null): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.startsWith('/\\') || next.startsWith('/sign-in')) return '/';
  return next;
}
