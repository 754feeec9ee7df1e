/** Sets up a Telegram account from its bot's token: the token in a file that only the gateway reads, the file named in the configuration. */
import { join } from 'node:path';
import { type Actor, GatewayError } from '@openclaw-gateway/events';
import { writeText } from '../config/file.ts';
import type { ConfigStore, ConfigUpdate } from '../config/index.ts';
import { parseJson5, toValue } from '../config/json5.ts';

/** Where the token is: given once and kept in a file, in a file already, or in a variable of the gateway's environment. */
export type TokenSource = { readonly token: string } | { readonly file: string } | { readonly variable: string };

export type TelegramSetup = {
  readonly account: string;
  readonly token: TokenSource;
  /** Who may write: everybody after a code that an operator approves, those who are named, or everybody. */
  readonly dmPolicy: 'pairing' | 'allowlist' | 'open';
  readonly allowFrom: readonly string[];
  /** A Bot API server of one's own. */
  readonly apiRoot?: string;
};

type Needed = { readonly config: Pick<ConfigStore, 'current' | 'raw' | 'set'>; readonly stateDir: string };

const TOKEN = /^\d{3,20}:[A-Za-z0-9_-]{10,100}$/;
const ACCOUNT = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws CHANNEL_EXISTS, BAD_REQUEST where the token does not look like one, and what a change of the configuration throws. */
export async function connectTelegram({ config, stateDir }: Needed, setup: TelegramSetup, actor: Actor): Promise<ConfigUpdate> {
  const { account, token, dmPolicy, allowFrom, apiRoot } = setup;
  if (!ACCOUNT.test(account))
    throw new GatewayError('BAD_REQUEST', { message: 'The name of an account has letters, digits, _ and - only.' });
  const present = config.current().config.channels['telegram'];
  if (present && Object.hasOwn(present.accounts, account))
    throw new GatewayError('CHANNEL_EXISTS', { details: { channel: 'telegram', account } });
  const botToken = await referenceTo(token, stateDir, account);
  const block = { botToken, dmPolicy, ...(allowFrom.length > 0 && { allowFrom }), ...(apiRoot !== undefined && { apiRoot }) };
  const [path, value] = placeFor(account, block, present !== undefined, writtenAccounts(config.raw()));
  return config.set(path, value, { actor, source: 'dashboard', reason: `Telegram account ${account} connected.` });
}

/** A channel that names no accounts has one, `default`, which must go on being there beside a second. */
function placeFor(account: string, block: object, isPresent: boolean, accounts: object | undefined): readonly [string, object] {
  if (accounts) return [`channels.telegram.accounts.${account}`, block];
  if (isPresent) return ['channels.telegram.accounts', { default: {}, [account]: block }];
  return ['channels.telegram', account === 'default' ? block : { accounts: { [account]: block } }];
}

function writtenAccounts(text: string): object | undefined {
  if (text.trim() === '') return undefined;
  const document = toValue(parseJson5(text)) as { readonly channels?: { readonly telegram?: { readonly accounts?: object } } };
  return document.channels?.telegram?.accounts;
}

async function referenceTo(source: TokenSource, stateDir: string, account: string): Promise<unknown> {
  if ('file' in source) return { file: source.file };
  if ('variable' in source) return `\${${source.variable}}`;
  const token = source.token.trim();
  if (!TOKEN.test(token)) {
    const message = 'This is no token of a Telegram bot: that has digits, a colon, then letters and digits, as @BotFather gave it.';
    throw new GatewayError('BAD_REQUEST', { message });
  }
  const file = join(stateDir, 'secrets', `telegram-${account}.token`);
  await writeText(file, token);
  return { file };
}
