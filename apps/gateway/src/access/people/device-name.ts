const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\b(Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];
const MAX_LENGTH = 60;

/**
 * A browser as people call it, from its user agent; the first product of the line where it is none we know.
 * @example deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0') // 'Firefox on Linux'
 */
export function deviceName(userAgent: string | undefined): string | null {
  // The line is whatever a caller likes; only letters that can be shown are kept.
  const line = userAgent?.replace(/[^\x20-\x7e]/g, '').trim();
  if (!line) return null;
  const browser = BROWSERS.find(([pattern]) => pattern.test(line))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(line))?.[1];
  if (browser === undefined) return line.split(' ', 1)[0]?.slice(0, MAX_LENGTH) ?? null;
  return system === undefined ? browser : `${browser} on ${system}`;
}
