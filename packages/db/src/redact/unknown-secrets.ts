/** Secrets that nobody told us of, known by their form: keys of well-known services, tokens, passwords in addresses, private keys. */

const FORMS = [
  // What stands between the lines of a private key is one.
  '-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\\s\\S]{0,8192}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)',
  '\\beyJ[\\w-]{8,4096}\\.[\\w-]{8,8192}\\.[\\w-]{16,1024}',
  // The gateway's own tokens for programs and devices.
  '\\bocg_(?:svc|dev)_[0-9a-z]{10}_[0-9a-z]{59,2048}',
  '\\bsk-[A-Za-z0-9_-]{20,256}',
  '\\b(?:gh[opsur]|github_pat|glpat|npm|hf|sk_live|sk_test|rk_live|pk_live|whsec|shpat|dop_v1|xapp)[_-][A-Za-z0-9_-]{20,256}',
  '\\bxox[abeprs]-[A-Za-z0-9-]{10,256}',
  '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
  '\\bAIza[\\w-]{35}',
  '\\b\\d{8,10}:AA[\\w-]{33}\\b',
  '(?<=\\bBearer\\s{1,4})[A-Za-z0-9._~+/-]{16,4096}=*',
  '(?<=\\bBasic\\s{1,4})[A-Za-z0-9+/]{16,4096}=*',
  '(?<=\\b[a-z][a-z0-9+.-]{1,20}://[^\\s/:@]{0,128}:)[^\\s/@]{3,256}(?=@)',
] as const;

const FORM = new RegExp(FORMS.join('|'), 'g');

/** Cheap signs of a form: a text without any of them holds none. */
const SIGN =
  /eyJ|ocg_|sk[-_]|gh[opsur]_|_pat|glpat|npm_|hf_|_live|whsec|dop_v1|xapp|xox|AKIA|ASIA|AIza|:AA|earer|asic|PRIVATE KEY|:\/\/[^\s/]{0,256}@/;

/** Whether a text might hold a secret of one of the forms. */
export function mayHoldSecret(text: string): boolean {
  return SIGN.test(text);
}

/** The text with each secret of a known form replaced. @example withoutUnknownSecrets('Bearer abcdefghijklmnop', () => '***') // 'Bearer ***' */
export function withoutUnknownSecrets(text: string, replace: (secret: string) => string): string {
  return mayHoldSecret(text) ? text.replaceAll(FORM, replace) : text;
}
