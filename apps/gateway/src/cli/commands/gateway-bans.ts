/** `openclaw gateway bans …`: through the running gateway. */
import type { Ban } from '../../floods/index.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, plain, table } from '../output.ts';

const WHY: Readonly<Record<Ban['reason'], string>> = {
  rate: 'too many requests',
  anomaly: 'unusual traffic',
  operator: 'by an operator',
};

export async function listBans(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<{ bans: readonly Ban[] }>('/api/access/bans');
  context.out.result(answer, () =>
    answer.bans.length === 0
      ? ['No address is banned.']
      : table(
          ['ADDRESS', 'WHY', 'SINCE', 'UNTIL', 'REASON'],
          answer.bans.map(({ address, reason, since, until, note }) => [
            address,
            WHY[reason],
            formatAgo(since),
            until === undefined ? 'it is removed' : formatTime(until),
            plain(note ?? ''),
          ]),
        ),
  );
}

export async function addBan(
  context: Context,
  { for: forMs, reason }: { readonly for?: number; readonly reason?: string },
  address: string,
): Promise<undefined> {
  const api = await context.api();
  const ban = await api.send<Ban>('POST', '/api/access/bans', { address, forMs, reason });
  context.out.result({ ok: true, ...ban }, () => [
    `${ban.address} is turned away ${ban.until === undefined ? 'until it is removed' : `until ${formatTime(ban.until)}`}.`,
  ]);
}

export async function removeBan(context: Context, _options: unknown, address: string): Promise<undefined> {
  const api = await context.api();
  const removed = await api.send<{ address: string }>('POST', '/api/access/bans/remove', { address });
  context.out.result({ ok: true, ...removed }, () => [`${removed.address} is let in again.`]);
}
