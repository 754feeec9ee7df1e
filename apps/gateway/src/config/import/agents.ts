/** `agents`, `bindings` and `models` of OpenClaw's own file. */
import type { Taken, Transfer } from './transfer.ts';
import { isObject, keysOf, seconds, secret } from './values.ts';

const APIS = ['openai-completions', 'openai-responses', 'anthropic-messages'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NO_NAME = 'Its id is no name of an agent here: letters, digits, "-", "_" and ".".';
const KINDS: Readonly<Record<string, string>> = { dm: 'direct', direct: 'direct', group: 'group', channel: 'channel', thread: 'thread' };

export function importAgents(transfer: Transfer): void {
  importAgent(transfer, ['agents', 'defaults'], ['agents', 'defaults']);
  transfer.take(['agents', 'defaults', 'maxConcurrent'], ['gateway', 'sessions', 'maxConcurrent']);
  const list = transfer.get('agents', 'list');
  if (Array.isArray(list)) {
    for (const [index, agent] of list.entries()) {
      const from = ['agents', 'list', String(index)];
      const id = isObject(agent) ? agent['id'] : undefined;
      if (typeof id !== 'string' || !NAME.test(id)) transfer.refuse(from, NO_NAME);
      else {
        transfer.put([...from, 'id'], ['agents', 'entries', id], {});
        importAgent(transfer, from, ['agents', 'entries', id]);
      }
    }
  }
  for (const id of keysOf(transfer.get('agents', 'entries'))) {
    const at = ['agents', 'entries', id];
    if (!NAME.test(id)) transfer.refuse(at, NO_NAME);
    else if (keysOf(transfer.get(...at)).length === 0) transfer.put(at, at, {});
    else importAgent(transfer, at, at);
  }
}

function importAgent(transfer: Transfer, from: readonly string[], to: readonly string[]): void {
  const { take } = transfer;
  take([...from, 'default'], [...to, 'default']);
  const model = transfer.get(...from, 'model');
  if (isObject(model)) {
    take([...from, 'model', 'primary'], [...to, 'model']);
    if (model['fallbacks'] !== undefined) transfer.refuse([...from, 'model', 'fallbacks'], 'An agent has one model here.');
  } else take([...from, 'model'], [...to, 'model']);
  take([...from, 'systemPromptOverride'], [...to, 'systemPrompt']);
  take([...from, 'timeoutSeconds'], [...to, 'timeout'], seconds);
  take([...from, 'params', 'temperature'], [...to, 'temperature']);
  take([...from, 'params', 'maxTokens'], [...to, 'maxOutputTokens']);
}

export function importBindings(transfer: Transfer): void {
  const bindings = transfer.get('bindings');
  if (!Array.isArray(bindings)) return;
  const written = keysOf((transfer.document['agents'] as { entries?: unknown } | undefined)?.entries);
  const agents = written.length > 0 ? written : ['main'];
  const taken = bindings.flatMap((binding, index) => {
    const from = ['bindings', String(index)];
    const read = readBinding(binding, agents);
    if ('value' in read) {
      transfer.done(from);
      return [{ from, value: read.value, note: read.note }];
    }
    if ('todo' in read) transfer.byHand(from, read.todo);
    else transfer.refuse(from, read.why);
    return [];
  });
  if (taken.length === 0) return;
  const values = taken.map(({ value }) => value);
  for (const { from, note } of taken) transfer.put(from, ['bindings'], values, note);
}

/** A binding of which something cannot be said here would answer more than it did: it is left to a person. */
function readBinding(binding: unknown, agents: readonly string[]): Taken {
  if (!isObject(binding) || typeof binding['agentId'] !== 'string') return { why: 'It names no agent.' };
  const { type = 'route', agentId, match, comment: _, ...more } = binding;
  if (!agents.includes(agentId)) return { why: `There is no agent ${agentId}.` };
  if (type !== 'route') return { why: 'Only bindings of messages to agents exist here.' };
  const { channel, accountId, peer, ...others } = isObject(match) ? match : {};
  const unknown = [...Object.keys(more), ...Object.keys(others).map((key) => `match.${key}`)];
  if (unknown.length > 0) return { todo: `${unknown.join(', ')} cannot be said here; without it the binding would fit more.` };
  const { kind, id } = isObject(peer) ? peer : {};
  return {
    value: {
      agentId,
      match: {
        ...(channel !== undefined && { channel }),
        ...(accountId !== undefined && accountId !== '*' && { accountId }),
        ...(id !== undefined && { peer: { ...(kind !== undefined && { kind: KINDS[String(kind)] ?? kind }), id: String(id) } }),
      },
    },
    ...(accountId === undefined && { note: 'fits every account of the channel; there it fitted the default one' }),
  };
}

export function importModels(transfer: Transfer): void {
  for (const name of keysOf(transfer.get('models', 'providers'))) importProvider(transfer, name);
  if (transfer.get('models', 'mode') !== undefined) transfer.done(['models', 'mode']);
}

function importProvider(transfer: Transfer, name: string): void {
  const at = ['models', 'providers', name];
  const { api: written, baseUrl } = transfer.get(...at) as { api?: unknown; baseUrl?: unknown };
  const isOllama = written === 'ollama';
  const api = isOllama || written === undefined ? 'openai-completions' : written;
  if (typeof api !== 'string' || !APIS.includes(api)) {
    transfer.refuse(at, `Its api is none of ${APIS.join(', ')}.`);
    return;
  }
  const note = isOllama ? "Ollama is spoken to by OpenAI's API" : written === undefined ? 'what it was when left out' : undefined;
  transfer.put(written === undefined ? [...at, 'baseUrl'] : [...at, 'api'], [...at, 'api'], api, note);
  const address = String(baseUrl);
  transfer.take([...at, 'baseUrl'], [...at, 'baseUrl'], (value) =>
    isOllama && !/\/v1\/?$/.test(address) ? { value: `${address.replace(/\/$/, '')}/v1`, note: 'with /v1' } : { value },
  );
  transfer.take([...at, 'apiKey'], [...at, 'apiKey'], secret(transfer));
  for (const header of keysOf(transfer.get(...at, 'headers'))) {
    transfer.take([...at, 'headers', header], [...at, 'headers', header], secret(transfer));
  }
  transfer.take([...at, 'timeoutSeconds'], [...at, 'timeout'], seconds);
  if (transfer.get(...at, 'models') !== undefined) transfer.done([...at, 'models']);
}
