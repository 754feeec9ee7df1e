/** Goes to the sign-in page and remembers the way back. A page opened by a sign-in link is on its way there already. */
export function leaveForSignIn(): void {
  const { pathname, search, hash } = window.location;
  if (pathname.startsWith('/sign-in') || linkCode(hash) !== undefined) return;
  window.location.replace(`/sign-in/?next=${encodeURIComponent(pathname + search)}`);
}

/** Ends the login session, then shows the sign-in page. */
export async function signOut(): Promise<void> {
  await fetch('/api/sign-out', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  }).catch(() => undefined);
  leaveForSignIn();
}

/** The one-time code in a fragment `#c=<code>`. */
export function linkCode(fragment: string): string | undefined {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('c') || undefined;
}

/** The page that was wanted. Only a path of this gateway counts. */
export function returnPath(next: string | null): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.startsWith('/\\') || next.startsWith('/sign-in')) return '/';
  return next;
}
