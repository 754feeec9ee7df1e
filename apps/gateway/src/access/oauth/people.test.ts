import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claims, judgePerson, maskEmail, type PeopleRules, verifiedEmail } from './people.ts';

const rules = (given: Partial<PeopleRules>): PeopleRules => ({
  issuer: 'https://id.example.com',
  allowedEmails: [],
  allowedDomains: [],
  roles: [],
  ...given,
});
const rule = (given: Partial<PeopleRules['roles'][number]>): PeopleRules['roles'][number] => ({
  emails: [],
  domains: [],
  role: 'viewer',
  ...given,
});
const ann: Claims = { email: 'Ann@Example.com', email_verified: true, groups: ['staff', 'ops'] };
const rolesOf = (claims: Claims, given: Partial<PeopleRules>) => {
  const verdict = judgePerson(claims, rules(given));
  return verdict.allowed ? verdict.roles : verdict.reason;
};

test('nobody comes in where no rule fits', () => {
  expect(judgePerson(ann, rules({}))).toEqual({
    allowed: false,
    reason: 'no rule fits the e-mail address, its domain or another claim',
    key: 'gateway.auth.oauth.allowedEmails, gateway.auth.oauth.allowedDomains or gateway.auth.oauth.roles',
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
      expect(judgePerson(claims, rules({})).allowed).toBe(false);
      expect(judgePerson(claims, rules({ allowedEmails: ['ann@example.com'] })).allowed).toBe(false);
    }),
  );
});

test('gateway.auth.oauth.allowedEmails lets these addresses in, as user', () => {
  expect(rolesOf(ann, { allowedEmails: ['ann@EXAMPLE.com'] })).toEqual(['user']);
  expect(rolesOf({ ...ann, email: 'bob@example.com' }, { allowedEmails: ['ann@example.com'] })).toContain('no rule fits');
});

test('gateway.auth.oauth.allowedDomains lets a whole domain in, but none that only ends alike', () => {
  const given = { allowedDomains: ['example.com'] };
  expect(rolesOf(ann, given)).toEqual(['user']);
  for (const email of [
    'ann@evil-example.com',
    'ann@sub.example.com',
    'ann@example.com.evil.net',
    'ann@example.com@evil.net',
    'example.com',
  ]) {
    expect(rolesOf({ ...ann, email }, given), email).not.toEqual(['user']);
  }
  expect(rolesOf({ ...ann, email: 'ann@bücher.example' }, { allowedDomains: ['xn--bcher-kva.example'] })).toEqual(['user']);
});

test('gateway.auth.oauth.roles[].{emails,domains,claim,value,role} say what people may do; who fits several gets all', () => {
  const roles = [
    rule({ emails: ['ann@example.com'], role: 'admin' }),
    rule({ domains: ['example.com'], role: 'viewer' }),
    rule({ claim: 'groups', value: 'ops', role: 'operator' }),
    rule({ claim: 'realm_access.roles', value: 'audit', role: 'auditor' }),
  ];
  expect(rolesOf(ann, { roles })).toEqual(['admin', 'viewer', 'operator']);
  expect(rolesOf({ groups: 'ops' }, { roles })).toEqual(['operator']);
  expect(rolesOf({ realm_access: { roles: ['audit'] } }, { roles })).toEqual(['auditor']);
  expect(rolesOf({ groups: ['Ops', 1, null] }, { roles })).toContain('no e-mail address');
});

test('a claim is looked for among the own ones only', () => {
  for (const claim of ['__proto__', 'constructor.name', 'toString', 'groups.0', 'groups.length']) {
    expect(rolesOf({ groups: ['Object'] }, { roles: [rule({ claim, value: 'Object' })] })).not.toEqual(['viewer']);
  }
});

test('where a list names anybody, a role alone lets nobody in', () => {
  const given = { allowedDomains: ['corp.example'], roles: [rule({ claim: 'groups', value: 'ops', role: 'admin' })] };
  expect(judgePerson(ann, rules(given))).toMatchObject({
    allowed: false,
    key: 'gateway.auth.oauth.allowedEmails or gateway.auth.oauth.allowedDomains',
  });
  expect(rolesOf({ ...ann, email: 'ann@corp.example' }, given)).toEqual(['admin']);
});

test('an address that the provider has not verified is not believed', () => {
  const given = { allowedEmails: ['ann@example.com'], roles: [rule({ emails: ['ann@example.com'] })] };
  for (const verified of [undefined, false, null, 1, 'false', 'yes', [true]]) {
    expect(rolesOf({ ...ann, email_verified: verified }, given), String(verified)).toContain('has not verified');
  }
  // As some providers write it.
  expect(rolesOf({ ...ann, email_verified: 'true' }, given)).toEqual(['viewer']);
});

test('letters that only look like A to Z, or turn into them, are others', () => {
  const given = { allowedEmails: ['kate@example.com'] };
  for (const email of [
    '\u212Aate@example.com',
    'ka\u0442e@example.com',
    'kate@example.com\u0000',
    ' kate@example.com',
    '"kate"@example.com',
  ]) {
    expect(rolesOf({ ...ann, email }, given), JSON.stringify(email)).not.toEqual(['user']);
  }
});

test('Google vouches for the domain of a company by hd alone', () => {
  const google = (claims: Claims, given: Partial<PeopleRules>) => {
    const { issuer: _, ...without } = rules(given);
    return judgePerson({ email_verified: true, ...claims }, without).allowed;
  };
  expect(google({ email: 'ann@corp.example' }, { allowedDomains: ['corp.example'] })).toBe(false);
  expect(google({ email: 'ann@corp.example', hd: 'corp.example' }, { allowedDomains: ['corp.example'] })).toBe(true);
  expect(google({ email: 'ann@corp.example' }, { allowedEmails: ['ann@corp.example'] })).toBe(true);
  expect(google({ email: 'ann@gmail.com' }, { allowedDomains: ['gmail.com'] })).toBe(true);
  expect(google({ email: 'ann@else.example', hd: 'corp.example' }, { allowedDomains: ['else.example'] })).toBe(false);
});

test('a masked address names nobody', () => {
  expect(maskEmail('mallory@example.com')).toBe('m***@example.com');
  expect(maskEmail('"a b"@example.com')).toBe('***@example.com');
  expect(maskEmail('nonsense')).toBe('***');
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), (text) => {
      expect(maskEmail(text)).toMatch(/^\w?\*\*\*(@[\w.-]{1,200})?$/);
    }),
  );
});

test('an address is one, whatever a provider writes into it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (email) => {
      const found = verifiedEmail({ email, email_verified: true });
      if (found !== undefined) expect(found).toMatch(/^[^\s@]+@[a-z0-9.[\]:_-]+$/);
    }),
  );
});
