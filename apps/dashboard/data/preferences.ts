const A_YEAR_SECONDS = 365 * 24 * 3600;

/** Keeps what a person chose in this browser. public/preferences.js reads it before the first paint. */
export function keepPreference(name: 'language' | 'theme', value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the CookieStore API is missing in Firefox and on plain http
  document.cookie = `openclaw_${name}=${value}; path=/; max-age=${A_YEAR_SECONDS}; samesite=lax`;
}
