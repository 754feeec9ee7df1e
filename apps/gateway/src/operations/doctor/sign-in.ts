/** Sign-in by a provider: whether it can be asked, whether browsers come back to this gateway, and whether anybody is let in. */
import { providerFetch } from '../../access/oauth/provider-fetch.ts';
import { issuerOf, type OAuthSettings, oauthIn } from '../../access/oauth/settings.ts';
import { isLoopback } from '../../config/relations.ts';
import type { Egress } from '../egress/index.ts';
import type { Check, Found } from './check.ts';
import type { Machine } from './machine.ts';

const DISCOVERY = '.well-known/openid-configuration';

const unreachable: Check = {
  id: 'oauth.unreachable',
  severity: 'error',
  scopes: ['network'],
  finds: 'a provider of sign-in that cannot be asked',
  cause: 'The address of gateway.auth.oauth.issuer is wrong, the provider is down, or this machine has no way to it.',
  remedy: 'Open `<issuer>/.well-known/openid-configuration` from this machine (`curl`). Until it answers, sign in by `openclaw dashboard`.',
  look: async (machine) => {
    const settings = await settingsOf(machine);
    if (!settings) return [];
    const issuer = issuerOf(settings);
    const problem = await problemWith(issuer, await machine.egress(), machine.deadlineMs);
    return problem === undefined ? [] : [{ found: `${settings.provider} at ${issuer}: ${problem}.`, details: { issuer } }];
  },
};

const redirect: Check = {
  id: 'oauth.redirect',
  severity: 'warning',
  scopes: ['config', 'network'],
  finds: 'a sign-in that comes back to another address than the one that people use, or comes back without encryption',
  cause: 'gateway.auth.oauth.redirectUri does not fit gateway.network.publicUrl, or leaves this machine over plain HTTP.',
  remedy:
    'Set gateway.auth.oauth.redirectUri to `<gateway.network.publicUrl>/auth/callback`, with https, and register the same address at the provider.',
  look: async (machine) => {
    const settings = await settingsOf(machine);
    if (!settings) return [];
    const { publicUrl } = (await machine.config()).gateway.network;
    const back = new URL(settings.redirectUri);
    const found: Found[] = [];
    if (publicUrl !== undefined && new URL(publicUrl).origin !== back.origin) {
      found.push({ found: `The sign-in comes back to ${back.origin}, but gateway.network.publicUrl is ${publicUrl}.` });
    }
    if (back.protocol === 'http:' && !isLoopback(back.hostname)) {
      found.push({
        found: `The sign-in comes back to ${back.origin} over plain HTTP: whoever is on the way can take it over.`,
        severity: 'error',
      });
    }
    return found;
  },
};

const nobody: Check = {
  id: 'oauth.nobody',
  severity: 'warning',
  scopes: ['config'],
  finds: 'a sign-in by a provider that lets nobody in',
  cause: 'None of gateway.auth.oauth.allowedEmails, allowedDomains and roles names anybody.',
  remedy: 'Name who may come in: `openclaw config set gateway.auth.oauth.allowedEmails \'["you@example.com"]\'`.',
  look: async (machine) => {
    const settings = await settingsOf(machine);
    if (!settings || settings.allowedEmails.length + settings.allowedDomains.length + settings.roles.length > 0) return [];
    return [{ found: 'No rule of gateway.auth.oauth lets anybody in.' }];
  },
};

async function settingsOf(machine: Machine): Promise<OAuthSettings | undefined> {
  return oauthIn(await machine.config());
}

/** Why the provider cannot be used; nothing where it can. */
async function problemWith(issuer: string, egress: Egress, deadlineMs: number): Promise<string | undefined> {
  const url = `${issuer.replace(/\/$/, '')}/${DISCOVERY}`;
  try {
    const response = await providerFetch(egress.to(issuer))(url, { signal: AbortSignal.timeout(deadlineMs) });
    if (response.status !== 200) return `${url} answers with ${response.status}`;
    const named = ((await response.json()) as { readonly issuer?: unknown } | null)?.issuer;
    return typeof named === 'string' && new URL(named).href === new URL(issuer).href ? undefined : 'it calls itself by another name there';
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
  }
}

export const SIGN_IN_CHECKS: readonly Check[] = [unreachable, redirect, nobody];
