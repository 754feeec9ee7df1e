/** Who of those whom the provider vouches for may come in, and what they may do. */
import { domainToASCII } from 'node:url';
import type { Role } from '../roles.ts';
import { GOOGLE_ISSUER, issuerOf, type OAuthSettings } from './settings.ts';

/** What the provider says about somebody, as the ID token and the user information have it. */
export type Claims = Readonly<Record<string, unknown>>;

export type PeopleRules = Pick<OAuthSettings, 'issuer' | 'allowedEmails' | 'allowedDomains' | 'roles'>;

export type Verdict =
  | { readonly allowed: true; readonly roles: readonly Role[]; readonly email: string | undefined }
  /** `key` is the key of the configuration that would have to say otherwise. */
  | { readonly allowed: false; readonly reason: string; readonly key: string };

const AT = 'gateway.auth.oauth';
/** What somebody may do whom a list lets in and no rule gives a role. */
const LEAST: readonly Role[] = ['user'];

/**
 * Decides by the rules of the configuration. Where `allowedEmails` or `allowedDomains` names anybody, only those come in; `roles`
 * says what they may do, and lets in who fits a rule where no list is given. An address counts only if the provider has verified it.
 */
export function judgePerson(claims: Claims, rules: PeopleRules): Verdict {
  const email = verifiedEmail(claims);
  const domain = email === undefined ? undefined : domainOf(claims, email, rules);
  const hasLists = rules.allowedEmails.length > 0 || rules.allowedDomains.length > 0;
  if (hasLists && !isOneOf(email, rules.allowedEmails, plainEmail) && !isOneOf(domain, rules.allowedDomains, plainDomain)) {
    return refusal(claims, email, domain, `${AT}.allowedEmails or ${AT}.allowedDomains`);
  }
  const fitting = rules.roles.filter(
    (rule) =>
      isOneOf(email, rule.emails, plainEmail) ||
      isOneOf(domain, rule.domains, plainDomain) ||
      (rule.claim !== undefined && rule.value !== undefined && valuesOf(claims, rule.claim).includes(rule.value)),
  );
  const roles = [...new Set(fitting.map(({ role }) => role))];
  if (roles.length > 0) return { allowed: true, roles, email };
  return hasLists
    ? { allowed: true, roles: LEAST, email }
    : refusal(claims, email, domain, `${AT}.allowedEmails, ${AT}.allowedDomains or ${AT}.roles`);
}

/** The address that the provider has verified. Of one that it has not, anybody could say that it is theirs. */
export function verifiedEmail(claims: Claims): string | undefined {
  const verified = claims['email_verified'];
  if (verified !== true && verified !== 'true') return undefined;
  return typeof claims['email'] === 'string' ? plainEmail(claims['email']) : undefined;
}

/**
 * Enough of an address to know it again, and no more: it may name somebody who has no business here.
 * @example maskEmail('mallory@example.com') // 'm***@example.com'
 */
export function maskEmail(email: string): string {
  const [, first = '', domain] = /^(\w?)[^@]*@([\w.-]{1,200})$/.exec(email) ?? [];
  return domain === undefined ? '***' : `${first}***@${domain}`;
}

/** Names of claims that the rules ask for. */
export function wantedClaims({ roles }: Pick<PeopleRules, 'roles'>): readonly string[] {
  return [...new Set(roles.flatMap(({ claim }) => claim ?? []))];
}

/** Text of a claim, or of each entry of a list. `a.b` is the claim of this name, else `b` inside `a`. */
export function valuesOf(claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : name.split('.').reduce<unknown>(within, claims);
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string');
}

function within(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
  return (value as Claims)[key];
}

/**
 * The domain that counts. Google vouches for a company's domain by `hd` alone: an account with an address of the company may
 * have been made before its owner left it.
 */
function domainOf(claims: Claims, email: string, rules: PeopleRules): string | undefined {
  const domain = plainDomain(email.slice(email.lastIndexOf('@') + 1));
  if (issuerOf(rules) !== GOOGLE_ISSUER || domain === 'gmail.com') return domain;
  return typeof claims['hd'] === 'string' ? plainDomain(claims['hd']) : undefined;
}

function isOneOf(value: string | undefined, listed: readonly string[], plain: (text: string) => string | undefined): boolean {
  return value !== undefined && listed.some((entry) => plain(entry) === value);
}

/** Only A to Z are lowered: other letters, such as the sign for kelvin, would turn into one of them. */
function plainEmail(written: string): string | undefined {
  const lowered = written.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const [local = '', domain = '', ...rest] = lowered.split('@');
  const isPlain = rest.length === 0 && local !== '' && lowered.length <= 320 && !/[\s"(),:;<>[\\\]\p{C}]/u.test(lowered);
  const ascii = isPlain ? plainDomain(domain) : undefined;
  return ascii === undefined ? undefined : `${local}@${ascii}`;
}

function plainDomain(written: string): string | undefined {
  return domainToASCII(written) || undefined;
}

function refusal(claims: Claims, email: string | undefined, domain: string | undefined, key: string): Verdict {
  return { allowed: false, reason: reasonOf(claims, email, domain), key };
}

function reasonOf(claims: Claims, email: string | undefined, domain: string | undefined): string {
  if (typeof claims['email'] !== 'string') return 'the provider gives no e-mail address, and no rule fits another claim';
  if (email === undefined) return 'the provider has not verified the e-mail address, and no rule fits another claim';
  if (domain === undefined) return 'no rule fits the e-mail address, and Google vouches for no domain of this account (`hd`)';
  return 'no rule fits the e-mail address, its domain or another claim';
}
