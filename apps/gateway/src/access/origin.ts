/** Which web pages may open a socket here. Programs send no Origin and are not asked. */
import type { Config } from '../config/index.ts';

export type OriginRules = {
  readonly enabled: boolean;
  readonly origins: readonly string[];
  /** The address that people use, whose pages are the gateway's own by whatever name a proxy asks for them. */
  readonly publicUrl?: string | undefined;
};

export function originRules({ gateway }: Config): OriginRules {
  const { cors, type } = gateway.auth;
  // Where nobody signs in, every page of the web would come in with `*`.
  const origins = type === 'disabled' ? cors.origins.filter((origin) => origin !== '*') : cors.origins;
  return { ...cors, origins, publicUrl: gateway.network.publicUrl };
}

/**
 * `same`: the gateway's own page. `listed`: named in the configuration. `any`: let in by `*`, which is good enough for
 * a page that brings the token itself but not for a cookie that the browser adds on its own.
 */
export type OriginVerdict = 'none' | 'same' | 'listed' | 'any' | 'refused';

/** Judges the Origin header of an upgrade request against the host that the request names. */
export function judgeOrigin(origin: string | undefined, host: string | undefined, rules: OriginRules): OriginVerdict {
  if (origin === undefined) return 'none';
  if (host !== undefined && hostOf(origin) === host.toLowerCase()) return 'same';
  if (rules.publicUrl !== undefined && origin.toLowerCase() === URL.parse(rules.publicUrl)?.origin) return 'same';
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
