const A_YEAR_SECONDS = 365 * 24 * 3600;

type Preference = 'language' | 'theme' | 'navigation' | 'shortcuts' | 'clock';

/** Keeps what a person chose in this browser. app/before-paint.js reads language, theme and navigation before the first paint. */
export function keepPreference(name: Preference, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the CookieStore API is missing in Firefox and on plain http
  document.cookie = `openclaw_${name}=${encodeURIComponent(value)}; path=/; max-age=${A_YEAR_SECONDS}; samesite=lax`;
}

/** What a person chose in this browser. */
export function preference(name: Preference): string | undefined {
  const value = new RegExp(`(?:^|; )openclaw_${name}=([^;]*)`).exec(document.cookie)?.[1];
  return value === undefined ? undefined : decodeURIComponent(value);
}
