/**
 * Reads the configuration of OpenClaw itself as one of this gateway. What cannot mean the same is not taken over but told;
 * the result is always one that this gateway accepts.
 */
import { GatewayError } from '@openclaw-gateway/events';
import { parseJson5, toValue } from '../json5.ts';
import { isNamedByUser } from '../keys.ts';
import { type KeyPath, parsePath, valueAt } from '../path.ts';
import { readConfig } from '../read.ts';
import type { Finding } from '../types.ts';
import { importAgents, importBindings, importModels } from './agents.ts';
import { importChannels } from './channels.ts';
import { importGateway, importHooks, importSession } from './gateway.ts';
import { reasonFor } from './reasons.ts';
import type { Imported } from './text.ts';
import { createTransfer, type Transfer } from './transfer.ts';
import { isObject, keysOf } from './values.ts';

export type { Imported } from './text.ts';
export { importedText } from './text.ts';

const BUILT_IN_PROVIDERS: Readonly<Record<string, string>> = { anthropic: 'ANTHROPIC_API_KEY', openai: 'OPENAI_API_KEY' };
/** Each round takes out what is refused; what was right beside it can only then be judged. */
const MAX_ROUNDS = 500;

/** What the text of such a file gives here. Throws CONFIG_SYNTAX, and CONFIG_INVALID where it is no object. */
export function importConfig(text: string): Imported {
  const source = toValue(parseJson5(text.trim() === '' ? '{}' : text));
  if (!isObject(source)) throw new GatewayError('CONFIG_INVALID', { message: 'The file holds no object: { … }.' });
  const transfer = createTransfer(source);
  importGateway(transfer);
  importAgents(transfer);
  importBindings(transfer);
  importModels(transfer);
  importSession(transfer);
  importChannels(transfer);
  importHooks(transfer);
  reportEnvironment(transfer);
  for (const path of includesIn(source, []))
    transfer.byHand(path, 'Included files are not read. Write what they say into this file first.');
  for (const path of transfer.rest()) transfer.refuse(path, reasonFor(path));
  takeBackRefused(transfer);
  reportProviders(transfer);
  const { document, mapped, unmapped, hands: byHand } = transfer;
  return { document, mapped, unmapped, byHand };
}

function reportEnvironment(transfer: Transfer): void {
  const names = keysOf(transfer.get('env', 'vars'));
  if (names.length > 0) transfer.byHand(['env', 'vars'], `Set ${names.join(', ')} where the gateway is started.`);
}

/** What this gateway would refuse, alone or beside the rest. */
function takeBackRefused(transfer: Transfer): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const [finding] = findingsOf(transfer.document);
    if (!finding) return;
    removeAt(transfer.document, parsePath(finding.path));
    transfer.takeBack(finding.path, `Expected ${finding.expected}.`);
  }
}

function findingsOf(document: unknown): readonly Finding[] {
  try {
    readConfig(JSON.stringify(document), { env: {}, allowMissingVariables: true });
    return [];
  } catch (error) {
    if (error instanceof GatewayError && Array.isArray(error.details?.['findings'])) return error.details['findings'] as Finding[];
    throw error;
  }
}

/** A key that is missing cannot be taken out: what lacks it goes, as does the item of a list that something is wrong in. */
function removeAt(document: Record<string, unknown>, path: KeyPath): void {
  const list = path.findIndex((_part, index) => Array.isArray(valueAt(document, path.slice(0, index))));
  if (list >= 0) {
    (valueAt(document, path.slice(0, list)) as unknown[]).splice(Number(path[list]), 1);
    return;
  }
  const parent = valueAt(document, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (isObject(parent) && Object.hasOwn(parent, last)) {
    delete parent[last];
    const parentPath = path.slice(0, -1);
    if (Object.keys(parent).length === 0 && parentPath.length > 0 && !isNamedByUser(parentPath)) removeAt(document, parentPath);
  } else if (path.length > 1) removeAt(document, path.slice(0, -1));
}

function reportProviders(transfer: Transfer): void {
  const { agents, models } = transfer.document as { agents?: Record<string, unknown>; models?: { providers?: object } };
  const entries = Object.values((agents?.['entries'] ?? {}) as Record<string, { model?: string }>);
  const used = [agents?.['defaults'] as { model?: string } | undefined, ...entries].flatMap((agent) => agent?.model ?? []);
  for (const provider of new Set(used.map((model) => model.split('/')[0] ?? ''))) {
    if (provider === 'echo' || keysOf(models?.providers).includes(provider)) continue;
    const variable = BUILT_IN_PROVIDERS[provider];
    transfer.byHand(
      ['models', 'providers', provider],
      variable
        ? `Set ${variable} where the gateway is started, or apiKey here.`
        : 'Agents use this provider: say here how it is reached (api, baseUrl, apiKey).',
    );
  }
}

function includesIn(value: unknown, path: KeyPath): KeyPath[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$include' ? [[...path, key]] : includesIn(inner, [...path, key])));
}
