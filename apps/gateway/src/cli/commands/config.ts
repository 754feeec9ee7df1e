import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { canonicalPath } from '../../config/aliases.ts';
import { hashText, readText } from '../../config/file.ts';
import { unknownKeyHint } from '../../config/findings.ts';
import { loadConfig, maskSecrets, sentence, writtenDefaults } from '../../config/index.ts';
import { parseJson5, toValue } from '../../config/json5.ts';
import { isKnownPath, mayStandAt } from '../../config/keys.ts';
import { parsePath, valueAt } from '../../config/path.ts';
import { readDocument } from '../../config/read.ts';
import type { Context } from '../context.ts';
import { shortPath } from '../output.ts';
import { apply, type ChangeOptions, report } from './config-changes.ts';

/** A key as it is set, else its default; without a path everything that is set. Secrets are masked. */
export async function getConfig(context: Context, _options: unknown, path: string | undefined): Promise<undefined> {
  const document = await documentOf(context);
  if (path === undefined) {
    const all = maskSecrets(document);
    const isEmpty = Object.keys(document as object).length === 0;
    context.out.result(all, () => (isEmpty ? ['Nothing is set: all defaults are in force.'] : [JSON.stringify(all, null, 2)]));
    return;
  }
  const keyPath = canonicalPath(parsePath(path));
  const set = valueAt(document, keyPath);
  const value = set ?? valueAt(writtenDefaults(), keyPath);
  if (value === undefined) throw notSet(path, keyPath);
  const shown = maskSecrets(value, keyPath);
  if (set === undefined && !context.out.json) context.out.note('(default)');
  context.out.result(shown, () => [typeof shown === 'string' ? shown : JSON.stringify(shown, null, 2)]);
}

/** What is set; of a gateway elsewhere, what is in force. */
async function documentOf(context: Context): Promise<unknown> {
  if (context.remote === undefined) return readDocument((await readText(context.paths.config)) ?? '').value;
  return (await (await context.api()).get<{ config: unknown }>('/api/config')).config;
}

/** Sets a key, in the running gateway if there is one. */
export async function setConfig(context: Context, options: ChangeOptions, path: string, text: string): Promise<undefined> {
  const value = readValue(path, text);
  report(context, `${path} has this value already.`, await apply(context, { op: 'set', path, value }, options));
}

/** Removes a key from the file. */
export async function unsetConfig(context: Context, options: ChangeOptions, path: string): Promise<undefined> {
  report(context, `${path} is not set.`, await apply(context, { op: 'unset', path }, options));
}

/** Checks a configuration file. Throws what is wrong with it. */
export async function validateConfig(context: Context, _options: unknown, file: string | undefined): Promise<undefined> {
  const path = file === undefined ? context.paths.config : resolve(file);
  const text = await readText(path);
  if (text === undefined && file !== undefined) {
    throw new GatewayError('CONFIG_UNREADABLE', { message: `There is no file ${path}.`, details: { path } });
  }
  const { aliases, warnings } = await check(text ?? '', path, context);
  const renamed = [...aliases].map(([here, there]) => ({ written: there, readAs: here }));
  context.out.result({ ok: true, path, exists: text !== undefined, renamed, warnings }, () => [
    text === undefined ? `There is no ${shortPath(path)}: all defaults are in force.` : `${shortPath(path)} is valid.`,
    ...renamed.map(({ written, readAs }) => `  ${written} is read as ${readAs}`),
    ...warnings.map((finding) => `  warning: ${sentence(finding)}`),
  ]);
}

/** Prints where the configuration file is, whether it exists or not, or its hash. */
export async function configFile(context: Context, options: { readonly hash?: true }): Promise<undefined> {
  const text = await readText(context.paths.config);
  const exists = text !== undefined;
  const hash = hashText(text ?? '');
  context.out.result({ path: context.paths.config, exists, hash }, () => [options.hash ? hash : context.paths.config]);
  if (!exists && !context.out.json) context.out.note('(it does not exist yet; all defaults are in force)');
}

async function check(text: string, path: string, context: Context) {
  try {
    return await loadConfig(text, { env: context.env });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, { message: error.message, details: { ...error.details, path }, cause: error });
  }
}

/** JSON5 where that fits the key, else the text as it is: `8080`, `true`, `["a"]`, `1d`, `hello`. */
function readValue(path: string, text: string): unknown {
  const keyPath = canonicalPath(parsePath(path));
  let value: unknown;
  try {
    value = toValue(parseJson5(text));
  } catch {
    return text;
  }
  return !mayStandAt(keyPath, value) && mayStandAt(keyPath, text) ? text : value;
}

function notSet(path: string, keyPath: readonly string[]): GatewayError {
  if (isKnownPath(keyPath))
    return new GatewayError('CONFIG_KEY_UNSET', { message: `${path} is not set, and has no default.`, details: { path } });
  const hint = unknownKeyHint(keyPath);
  return new GatewayError('CONFIG_KEY_UNSET', {
    message: `There is no key ${path}.${hint ? ` ${hint}` : ''}`,
    details: { path, remedy: 'The keys are in docs/configuration.md; `openclaw config get` shows all that are set.' },
  });
}
