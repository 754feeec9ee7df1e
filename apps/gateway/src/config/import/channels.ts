/** `channels` of OpenClaw's own file. Nobody may write here who could not write there. */
import { knownKeys } from '../keys.ts';
import type { Transfer } from './transfer.ts';
import { keysOf, path, secret, word } from './values.ts';

/** Keys that are the same in both files, beside those about who may write. */
const SAME = ['enabled', 'apiRoot', 'agentId'];
const SECRETS = ['botToken', 'appToken', 'accessToken', 'token', 'signingSecret', 'webhookSecret'];

export function importChannels(transfer: Transfer): void {
  for (const channel of keysOf(transfer.get('channels'))) {
    const at = ['channels', channel];
    if (!knownKeys(['channels'])?.includes(channel)) {
      if (channel !== 'defaults') transfer.refuse(at, 'This gateway has no such channel; an extension may bring it.');
      continue;
    }
    importBlock(transfer, at);
    for (const account of keysOf(transfer.get(...at, 'accounts'))) importBlock(transfer, [...at, 'accounts', account]);
  }
}

function importBlock(transfer: Transfer, at: readonly string[]): void {
  const known = knownKeys(at) ?? [];
  for (const key of SAME) if (known.includes(key)) transfer.take([...at, key], [...at, key]);
  for (const key of SECRETS) if (known.includes(key)) transfer.take([...at, key], [...at, key], secret(transfer));
  transfer.take([...at, 'tokenFile'], [...at, 'botToken'], (value) => {
    const file = path(value);
    return 'value' in file ? { value: { file: file.value }, note: 'from the same file' } : file;
  });
  const policies = { open: { value: 'open' }, allowlist: { value: 'allowlist' }, disabled: { value: 'disabled' } };
  const pairing = { value: 'pairing', note: 'who was paired there is not known here and is asked for a code again' };
  transfer.take([...at, 'dmPolicy'], [...at, 'dmPolicy'], word({ ...policies, pairing }));
  const isLimited = keysOf(transfer.get(...at, 'groups')).some((group) => group !== '*');
  transfer.take([...at, 'groupPolicy'], [...at, 'groupPolicy'], (value) =>
    value === 'open' && isLimited ? { value: 'allowlist', note: 'it was open in the listed groups only' } : word(policies)(value),
  );
  transfer.take([...at, 'allowFrom'], [...at, 'allowFrom'], (value) =>
    Array.isArray(value) ? { value: value.map((id) => String(id).replace(/^(telegram|tg):/i, '')) } : { why: 'It is no list.' },
  );
  if (transfer.get(...at, 'groupAllowFrom') !== undefined) {
    transfer.byHand(
      [...at, 'groupAllowFrom'],
      'allowFrom is for direct messages and groups alike here: add whom you want to write in both.',
    );
  }
  if (isLimited) {
    transfer.byHand(
      [...at, 'groups'],
      'Groups are not listed here: groupPolicy and allowFrom say who may write in them, bindings which agent answers.',
    );
  }
}
