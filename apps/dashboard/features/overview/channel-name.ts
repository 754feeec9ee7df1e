/** A channel, with its account where it is not the usual one. */
export function channelName({ channel, account }: { readonly channel: string; readonly account: string }): string {
  return account === 'default' ? channel : `${channel}/${account}`;
}
