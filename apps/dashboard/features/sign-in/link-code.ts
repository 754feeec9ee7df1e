/** The one-time code in a fragment `#c=<code>`. */
export function linkCode(fragment: string): string | undefined {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('c') || undefined;
}
