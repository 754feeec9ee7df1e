import type { SignInFailure } from '../../data/api.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import type { SaidProblem } from '../../i18n/said.ts';

export type Explanation = { readonly title: string; readonly why: string; readonly command: string };

const NEW_LINK = 'openclaw dashboard';
const SET_CLOCK = 'sudo timedatectl set-ntp true';

/** Which failure it was, why, and the one command that mends it; `said` is what the gateway says of it in the language of the page. */
export function explain(
  failure: SignInFailure,
  t: Catalog['signIn'],
  duration: (ms: number) => string,
  said: SaidProblem | undefined,
): Explanation {
  switch (failure.reason) {
    case 'SIGN_IN_CODE_USED':
      return { title: t.used, why: t.usedWhy, command: NEW_LINK };
    case 'SIGN_IN_CODE_EXPIRED':
      return { title: t.expired, why: t.expiredWhy, command: NEW_LINK };
    case 'SIGN_IN_CODE_UNKNOWN':
      return { title: t.unknown, why: t.unknownWhy, command: NEW_LINK };
    case 'CLOCKS_DIFFER':
      return { title: t.clocks(duration(Math.abs(failure.skewMs ?? 0)), (failure.skewMs ?? 0) > 0), why: t.clocksWhy, command: SET_CLOCK };
    case 'COOKIE_BLOCKED':
      return { title: t.cookie, why: t.cookieWhy, command: NEW_LINK };
    case 'ORIGIN_NOT_ALLOWED':
      return { title: t.origin, why: t.originWhy, command: NEW_LINK };
    case 'TOKEN_MISMATCH':
      return { title: t.wrongToken, why: t.wrongTokenWhy, command: 'openclaw gateway token' };
    case 'SIGN_IN_REFUSED':
      return { title: t.refused, why: t.refusedWhy, command: 'openclaw users reset-password <name>' };
    case 'SIGN_IN_DELAYED':
      return { title: t.delayed, why: t.delayedWhy, command: 'openclaw users sign-in-link <name>' };
    case 'UNREACHABLE':
      return { title: t.unreachable, why: t.unreachableWhy, command: 'openclaw gateway status' };
    default:
      return { title: said?.title ?? t.failed, why: [said?.remedy, said?.own].filter(Boolean).join('\n'), command: NEW_LINK };
  }
}
