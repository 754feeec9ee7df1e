/** What the configuration knows of providers that sign people in. */
export const GOOGLE = 'google';
export const GOOGLE_ISSUER = 'https://accounts.google.com';

/** Where the gateway itself answers. */
const OWN_PATHS =
  /^\/(api|v1|trpc|ws|_next|\.well-known|sign-in)(\/|$)|^\/(auth\/(login|methods|token|step-up)|health|healthz|ready|readyz|livez|metrics|config\.schema\.json)\/?$/;

/** Whether browsers can be sent back to a path: it is plain, and nothing else of the gateway is there. */
export function isCallbackPath(path: string): boolean {
  return /^(\/[\w.-]+)+$/.test(path) && !OWN_PATHS.test(path);
}
