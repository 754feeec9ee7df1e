import { Api } from 'grammy';
import { egress } from '../../operations/egress/index.ts';

export type BotAddress = { readonly botToken: string; readonly apiRoot: string };

/** The Bot API of one bot; a call that takes longer than `timeoutSeconds` fails. */
export function botApi({ botToken, apiRoot: written }: BotAddress, timeoutSeconds: number): Api {
  const apiRoot = written.replace(/\/+$/, '');
  const { agent } = egress.to(apiRoot);
  // The token is in the path: a redirect would take it along.
  const baseFetchConfig = { agent: ({ protocol }: URL) => agent(protocol), compress: true, redirect: 'error' };
  return new Api(botToken, { apiRoot, baseFetchConfig, timeoutSeconds });
}
