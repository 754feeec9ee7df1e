/** From the text of a configuration file to a configuration, or to everything that is wrong with it. */
import { GatewayError } from '@openclaw-gateway/events';
import { type Unaliased, unalias } from './aliases.ts';
import type { Substituted } from './environment.ts';
import { substitute } from './environment.ts';
import { toFindings } from './findings.ts';
import { FOREIGN_REMEDY, isForeign } from './foreign.ts';
import { parseJson5, toValue } from './json5.ts';
import { formatPath, valueAt } from './path.ts';
import { checkRelations, type Exceptions } from './relations.ts';
import type { Config } from './schema/index.ts';
import { configSchema } from './schema/index.ts';
import { type SecretFiles, type Unsealed, unseal } from './secret-references.ts';
import type { Finding } from './types.ts';

export type ReadOptions = {
  readonly env: NodeJS.ProcessEnv;
  /** What the command line says, in place of what the file says. */
  readonly overrides?: { readonly host?: string; readonly port?: number };
  /**
   * For tools that run where the gateway's environment is not set: what names a missing variable stays as it is written,
   * and a secret whose file cannot be read is a text that says so.
   */
  readonly allowMissingVariables?: boolean;
  /** What whoever starts the gateway takes on himself. */
  readonly exceptions?: Exceptions;
  /** The files that hold secrets, read before; `loadConfig` of load.ts does that. */
  readonly secretFiles?: SecretFiles;
};

export type ReadConfig = {
  readonly config: Config;
  /** What is written, with the keys of this gateway and without the environment's values. */
  readonly document: unknown;
  /** The keys that are written in another spelling: here → there. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The secrets that come from files: path of the key → path of the file. */
  readonly secretReferences: ReadonlyMap<string, string>;
  /** The secrets that could not be had; only where missing ones are allowed. */
  readonly missingSecrets: ReadonlySet<string>;
  /** What is right and yet unwise: files with secrets that everybody may read, an API for the pages of every website. */
  readonly warnings: readonly Finding[];
};

/**
 * Reads a configuration. The empty text is the one with all defaults. Throws CONFIG_SYNTAX, and with every finding in
 * `details.findings` CONFIG_INVALID, CONFIG_ENV_MISSING and CONFIG_SECRET_FILE.
 */
export function readConfig(text: string, options: ReadOptions): ReadConfig {
  const { overrides, ...fileOnly } = options;
  // What the command line covers must be right in the file all the same: the next start may not cover it.
  if (overrides) readConfig(text, fileOnly);
  const { value: document, findings: misspelt, used } = readDocument(text);
  const replaced = substitute(withOverrides(document, options), options.env);
  const unsealed = unseal(replaced.value, options.secretFiles ?? new Map());
  const substituted = { ...replaced, value: unsealed.value };
  const { config, findings: found } = check(substituted, options);
  const missing = options.allowMissingVariables ? [] : [...unsetVariables(substituted), ...unsealed.findings];
  const findings = [...misspelt, ...found, ...checkRelations(substituted.value, options.exceptions)].map((finding) =>
    asWritten(finding, used),
  );
  if (findings.length + missing.length > 0) throw refusal(findings, missing, { substituted, unsealed, document });
  if (!config) throw new GatewayError('INTERNAL', { message: 'The schema refused a configuration without saying why.' });
  const missingSecrets = new Set(unsealed.findings.map((finding) => finding.path));
  return {
    config,
    document,
    aliases: used,
    secretReferences: unsealed.references,
    missingSecrets,
    warnings: [...unsealed.warnings, ...unwise(config)],
  };
}

function unwise({ gateway }: Config): Finding[] {
  const { enabled, origins } = gateway.auth.cors;
  if (!enabled || !origins.includes('*')) return [];
  return [
    {
      path: 'gateway.auth.cors.origins',
      value: JSON.stringify(origins).slice(0, 120),
      expected: 'origins by their names, such as "https://example.com"',
      hint: 'With "*" the pages of every website may call the API with a token, though never with the login of a browser.',
    },
  ];
}

/** What is written in a configuration that need not be right, with the keys of this gateway. Throws CONFIG_SYNTAX. */
export function readDocument(text: string): Unaliased {
  return unalias(text.trim() === '' ? {} : toValue(parseJson5(text)));
}

function check(substituted: Substituted, options: ReadOptions): { config?: Config; findings: Finding[] } {
  let document = substituted.value;
  let result = configSchema.safeParse(document);
  if (!result.success) {
    // The environment has only texts: where a number or a flag is expected, the text of one is taken for it.
    const corrected = structuredClone(document);
    const reread = result.error.issues.filter((issue) => correct(corrected, issue.path.map(String), substituted, options));
    if (reread.length > 0) {
      document = corrected;
      result = configSchema.safeParse(document);
    }
  }
  if (result.success) return { config: result.data, findings: [] };
  const unset = new Set(substituted.missing.map((missing) => missing.path));
  return { findings: toFindings(result.error.issues, document).filter((finding) => !unset.has(finding.path)) };
}

/** Corrects one value that came from the environment. Returns whether it did. */
function correct(document: unknown, path: readonly string[], substituted: Substituted, options: ReadOptions): boolean {
  const at = formatPath(path);
  if (!substituted.written.has(at)) return false;
  const parent = valueAt(document, path.slice(0, -1)) as Record<string, unknown>;
  const key = path.at(-1) ?? '';
  if (options.allowMissingVariables && substituted.missing.some((missing) => missing.path === at)) return delete parent[key];
  const text = parent[key];
  const value = text === 'true' || (text === 'false' ? false : typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN);
  if (Number.isNaN(value)) return false;
  parent[key] = value;
  return true;
}

function withOverrides(document: unknown, { overrides }: ReadOptions): unknown {
  if (overrides?.host === undefined && overrides?.port === undefined) return document;
  const base = document as Record<string, Record<string, unknown>>;
  return { ...base, gateway: { ...base['gateway'], network: { ...(base['gateway']?.['network'] as object | undefined), ...overrides } } };
}

/** The finding under the name that the key has in the file. */
function asWritten(finding: Finding, used: ReadonlyMap<string, string>): Finding {
  for (const [here, there] of used) {
    if (finding.path === here || finding.path.startsWith(`${here}.`)) return { ...finding, path: there + finding.path.slice(here.length) };
  }
  return finding;
}

function unsetVariables({ missing, written }: Substituted): Finding[] {
  return missing.map(({ variable, path }) => ({
    path,
    value: JSON.stringify(written.get(path)),
    expected: `the environment variable ${variable} to be set`,
    hint: 'Set it where the gateway is started, or write the value.',
  }));
}

type Reading = { readonly substituted: Substituted; readonly unsealed: Unsealed; readonly document: unknown };

function refusal(findings: readonly Finding[], missing: readonly Finding[], reading: Reading): GatewayError {
  const all = [...findings, ...missing];
  if (findings.length > 0) {
    const details = { findings: all, ...(isForeign(reading.document) && { remedy: FOREIGN_REMEDY }) };
    return new GatewayError('CONFIG_INVALID', { message: sentence(all[0]) + more(all), details });
  }
  const [unset] = reading.substituted.missing;
  if (!unset) return new GatewayError('CONFIG_SECRET_FILE', { message: sentence(all[0]) + more(all), details: { findings: all } });
  const message = `${unset.path} names the environment variable ${unset.variable}, which is not set.`;
  const variables = reading.substituted.missing;
  return new GatewayError('CONFIG_ENV_MISSING', { message: message + more(all), details: { variables, findings: all } });
}

/** A finding as one sentence. */
export function sentence(finding: Finding | undefined): string {
  if (!finding) return '';
  const is = finding.value === undefined ? ':' : ` is ${finding.value},`;
  return `${finding.path || 'The file'}${is} expected ${finding.expected}.${finding.hint ? ` ${finding.hint}` : ''}`;
}

const more = (findings: readonly Finding[]) => (findings.length > 1 ? ` (${findings.length} problems in all)` : '');
