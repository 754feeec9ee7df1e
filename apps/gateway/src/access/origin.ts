/** Which web pages may open a socket here. Programs send no Origin and are not asked. */

export type OriginRules = { readonly enabled: boolean; readonly origins: readonly string[] };

/**
 * `same`: the gateway's own page. `listed`: named in the configuration. `any`: let in by `*`, which is good enough for
 * a page that brings the token itself but not for a cookie that the browser adds on its own.
 */
export type OriginVerdict = 'none' | 'same' | 'listed' | 'any' | 'refused';

/** Judges the Origin header of an upgrade request against the host that the request names. */
export function judgeOrigin(origin: string | undefined, host: string | undefined, rules: OriginRules): OriginVerdict {
  if (origin === undefined) return 'none';
  if (host !== undefined && hostOf(origin) === host.toLowerCase()) return 'same';
  if (!rules.enabled) return 'refused';
  if (rules.origins.some((allowed) => allowed.toLowerCase().replace(/\/$/, '') === origin.toLowerCase())) return 'listed';
  return rules.origins.includes('*') ? 'any' : 'refused';
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
