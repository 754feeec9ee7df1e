import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { canonicalPath } from '../../config/aliases.ts';
import { readText } from '../../config/file.ts';
import { unknownKeyHint } from '../../config/findings.ts';
import { type ConfigUpdate, maskSecrets, readConfig, writtenDefaults } from '../../config/index.ts';
import { parseJson5, toValue } from '../../config/json5.ts';
import { isKnownPath, mayStandAt } from '../../config/keys.ts';
import { parsePath, valueAt } from '../../config/path.ts';
import { readDocument } from '../../config/read.ts';
import { changeFile, type FileChange } from '../../config/stopped.ts';
import type { Context } from '../context.ts';
import { shortPath } from '../output.ts';

type Applied = Pick<ConfigUpdate, 'changes' | 'restartNeeded'> & { readonly running: boolean };

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
export async function setConfig(context: Context, _options: unknown, path: string, text: string): Promise<undefined> {
  const value = readValue(path, text);
  report(context, path, await apply(context, { op: 'set', path, value }));
}

/** Removes a key from the file. */
export async function unsetConfig(context: Context, _options: unknown, path: string): Promise<undefined> {
  report(context, path, await apply(context, { op: 'unset', path }));
}

/** Checks a configuration file. Throws what is wrong with it. */
export async function validateConfig(context: Context, _options: unknown, file: string | undefined): Promise<undefined> {
  const path = file === undefined ? context.paths.config : resolve(file);
  const text = await readText(path);
  if (text === undefined && file !== undefined) {
    throw new GatewayError('CONFIG_UNREADABLE', { message: `There is no file ${path}.`, details: { path } });
  }
  const { aliases } = check(text ?? '', path, context);
  const renamed = [...aliases].map(([here, there]) => ({ written: there, readAs: here }));
  context.out.result({ ok: true, path, exists: text !== undefined, renamed }, () => [
    text === undefined ? `There is no ${shortPath(path)}: all defaults are in force.` : `${shortPath(path)} is valid.`,
    ...renamed.map(({ written, readAs }) => `  ${written} is read as ${readAs}`),
  ]);
}

/** Prints where the configuration file is, whether it exists or not. */
export async function configFile(context: Context): Promise<undefined> {
  const exists = (await readText(context.paths.config)) !== undefined;
  context.out.result({ path: context.paths.config, exists }, () => [context.paths.config]);
  if (!exists && !context.out.json) context.out.note('(it does not exist yet; all defaults are in force)');
}

function check(text: string, path: string, context: Context) {
  try {
    return readConfig(text, { env: context.env });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, { message: error.message, details: { ...error.details, path }, cause: error });
  }
}

async function apply(context: Context, change: FileChange): Promise<Applied> {
  const api = await context.apiIfRunning();
  try {
    if (api) return { ...(await api.send<ConfigUpdate>('PATCH', '/api/config', change)), running: true };
    // Nobody may write the log now: the next start records that the configuration is another.
    return { ...(await changeFile(context.paths.config, change, context.env)), running: false };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CONFIG_INVALID') throw error;
    throw new GatewayError(error.code, {
      message: error.message,
      details: { ...error.details, remedy: 'Nothing was changed. Set a value that fits.' },
    });
  }
}

function report(context: Context, path: string, { changes, restartNeeded, running }: Applied): void {
  context.out.result({ ok: true, changes, restartNeeded, running }, () => {
    if (changes.length === 0) return [`${path} has this value already.`];
    const lines = changes.map((change) => {
      const before = change.before === undefined ? 'not set' : JSON.stringify(change.before);
      return `${change.path}: ${before} → ${change.after === undefined ? 'not set' : JSON.stringify(change.after)}`;
    });
    if (!running) return [...lines, 'The gateway is stopped; this holds from its next start.'];
    if (restartNeeded.length === 0) return [...lines, 'In force now.'];
    return [...lines, 'This takes effect after a restart: `openclaw gateway restart`.'];
  });
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
