/** `gateway`, `logging`, `session` and `hooks` of OpenClaw's own file. */
import { isIP } from 'node:net';
import type { Taken, Transfer } from './transfer.ts';
import { isObject, keysOf, path, secret, word } from './values.ts';

export function importGateway(transfer: Transfer): void {
  const { take } = transfer;
  take(['gateway', 'port'], ['gateway', 'network', 'port']);
  take(['gateway', 'bind'], ['gateway', 'network', 'host'], (bind) => hostOf(transfer, bind));
  transfer.done(['gateway', 'customBindHost']);
  if (transfer.get('gateway', 'mode') === 'remote') {
    transfer.byHand(['gateway', 'mode'], 'That program is a client of another gateway ("remote"). This one is always a gateway itself.');
  } else transfer.done(['gateway', 'mode']);
  importAuth(transfer);
  take(['gateway', 'controlUi', 'allowedOrigins'], ['gateway', 'auth', 'cors', 'origins']);
  take(['gateway', 'tls', 'enabled'], ['gateway', 'network', 'https', 'enabled']);
  for (const [from, to] of Object.entries({ certPath: 'certFile', keyPath: 'keyFile', caPath: 'caFile' })) {
    take(['gateway', 'tls', from], ['gateway', 'network', 'https', 'cert', to], path);
  }
  importTailscale(transfer);
  importLogging(transfer);
}

function hostOf(transfer: Transfer, bind: unknown): Taken {
  if (bind === 'custom') {
    const host = transfer.get('gateway', 'customBindHost');
    return typeof host === 'string'
      ? { value: host, note: 'gateway.customBindHost' }
      : { todo: 'It names no address: set gateway.network.host.' };
  }
  if (bind === 'tailnet') {
    return { todo: 'Set gateway.tailscale.enabled, or gateway.network.host to the address of this machine in the tailnet.' };
  }
  if (typeof bind === 'string' && isIP(bind) !== 0) return { value: bind };
  return word({ loopback: { value: '127.0.0.1' }, auto: { value: '127.0.0.1' }, lan: { value: '0.0.0.0' } })(bind);
}

function importAuth(transfer: Transfer): void {
  const auth = ['gateway', 'auth'];
  const mode = transfer.get(...auth, 'mode');
  const takesPassword = mode === 'password' || (mode === undefined && transfer.get(...auth, 'token') === undefined);
  transfer.take(
    [...auth, 'mode'],
    [...auth, 'type'],
    word(
      {
        token: { value: 'token' },
        password: { value: 'token', note: 'the password is the gateway token here' },
        none: { value: 'disabled' },
      },
      { todo: 'Only "token", "oauth" and "disabled" exist here. Behind a proxy that signs people in, use the gateway token or oauth.' },
    ),
  );
  if (mode !== 'password') transfer.take([...auth, 'token'], [...auth, 'token'], secret(transfer));
  if (takesPassword) transfer.take([...auth, 'password'], [...auth, 'token'], secret(transfer));
}

function importTailscale(transfer: Transfer): void {
  const from = ['gateway', 'tailscale', 'mode'];
  const mode = transfer.get(...from);
  transfer.take(
    from,
    ['gateway', 'tailscale', 'enabled'],
    word({ off: { value: false }, serve: { value: true }, funnel: { value: true } }),
  );
  if (mode === 'funnel') transfer.put(from, ['gateway', 'tailscale', 'funnel', 'enabled'], true);
}

function importLogging({ take }: Transfer): void {
  const to = ['gateway', 'logging'];
  take(['logging', 'level'], [...to, 'level'], (level) => {
    if (level === 'trace') return { value: 'debug', note: 'the most that there is here' };
    return level === 'silent' ? { value: 'fatal', note: 'the least that there is here' } : { value: level };
  });
  take(['logging', 'file'], [...to, 'file', 'path'], path);
  take(['logging', 'maxFileBytes'], [...to, 'file', 'maxSize']);
  take(
    ['logging', 'consoleStyle'],
    [...to, 'format'],
    word({ json: { value: 'json' }, pretty: { value: 'text' }, compact: { value: 'text' } }),
  );
  take(['logging', 'audit', 'enabled'], [...to, 'audit', 'enabled']);
}

export function importSession({ take }: Transfer): void {
  take(['session', 'dmScope'], ['session', 'dmScope'], (scope) =>
    scope === 'per-account-channel-peer'
      ? { value: 'per-channel-peer', note: 'accounts of one channel share the conversation with a person' }
      : { value: scope },
  );
  take(['session', 'maintenance', 'pruneAfter'], ['gateway', 'sessions', 'historyRetention'], (value) => ({
    value,
    note: 'after that the text of messages is removed here, not only put away',
  }));
}

/** Mapped hooks become hooks of their own, all with the secret that there was for all. */
export function importHooks(transfer: Transfer): void {
  const mappings = transfer.get('hooks', 'mappings');
  const token = transfer.get('hooks', 'token');
  transfer.take(['hooks', 'path'], ['hooks', 'path']);
  for (const index of keysOf(Array.isArray(mappings) ? { ...mappings } : {})) importMapping(transfer, index);
  const hasEntries = keysOf(transfer.document['hooks']).includes('entries');
  if (hasEntries) transfer.take(['hooks', 'enabled'], ['hooks', 'enabled']);
  if (token === undefined) return;
  transfer.byHand(
    ['hooks', 'token'],
    hasEntries
      ? 'A bearer token does not open hooks here: callers sign what they send (docs/webhooks.md). The token is the secret of the hooks that were taken over.'
      : 'Hooks have names here. Make one with `openclaw config set hooks.entries.<name>.secret …`; callers sign what they send (docs/webhooks.md).',
  );
}

function importMapping(transfer: Transfer, index: string): void {
  const from = ['hooks', 'mappings', index];
  const mapping = transfer.get(...from);
  const match = isObject(mapping) && isObject(mapping['match']) ? mapping['match'] : {};
  const name = typeof match['path'] === 'string' ? match['path'].replace(/^\//, '') : undefined;
  if (!isObject(mapping) || name === undefined || mapping['transform'] !== undefined || mapping['action'] === 'wake') {
    transfer.byHand(from, 'A mapping without a path, with a transformation or that only wakes an agent has no equal here.');
    return;
  }
  const to = ['hooks', 'entries', name];
  transfer.done([...from, 'match', 'path']);
  for (const known of ['id', 'name', 'action', 'deliver', 'wakeMode']) transfer.done([...from, known]);
  const key = transfer.get('hooks', 'token');
  const taken = secret(transfer)(key);
  if ('value' in taken) transfer.put(from.slice(0, 1).concat('token'), [...to, 'secret'], taken.value);
  transfer.take([...from, 'agentId'], [...to, 'agentId']);
  transfer.take([...from, 'sessionKey'], [...to, 'sessionKey']);
  transfer.take([...from, 'messageTemplate'], [...to, 'template'], (template) =>
    typeof template === 'string' ? { value: template.replaceAll(/\[(\d+)\]/g, '.$1') } : { why: 'It is no text.' },
  );
}
