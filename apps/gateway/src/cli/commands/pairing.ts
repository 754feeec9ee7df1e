/** `openclaw pairing …`: through the running gateway. */
import type { PairedSender, WaitingPairing } from '@openclaw-gateway/events';
import type { ListedPairing } from '../../pairing/index.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, plain, table } from '../output.ts';

type Listed = { readonly waiting: readonly ListedPairing[]; readonly paired: readonly PairedSender[] };
type Whom = Pick<WaitingPairing, 'channel' | 'account' | 'sender'>;

export async function listPairing(context: Context): Promise<undefined> {
  const listed = await (await context.api()).get<Listed>('/api/pairing');
  context.out.result(listed, () => [...waiting(listed), '', ...paired(listed)]);
}

export async function approvePairing(context: Context, _options: unknown, code: string): Promise<undefined> {
  const approved = await (await context.api()).send<PairedSender>('POST', '/api/pairing/approve', { code });
  context.out.result({ ok: true, ...approved }, () => [`${nameOf(approved)} may write on ${placeOf(approved)} from now on.`]);
}

export async function rejectPairing(context: Context, _options: unknown, code: string): Promise<undefined> {
  const rejected = await (await context.api()).send<WaitingPairing>('POST', '/api/pairing/reject', { code });
  context.out.result({ ok: true, ...rejected }, () => [`${nameOf(rejected)} is not let in on ${placeOf(rejected)}.`]);
}

export async function revokePairing(
  context: Context,
  { account }: { readonly account: string },
  channel: string,
  sender: string,
): Promise<undefined> {
  const revoked = await (await context.api()).send<PairedSender>('POST', '/api/pairing/revoke', { channel, account, sender });
  context.out.result({ ok: true, ...revoked }, () => [`${nameOf(revoked)} may write on ${placeOf(revoked)} no more.`]);
}

function waiting({ waiting: all }: Listed): string[] {
  if (all.length === 0) return ['Nobody waits to be let in.'];
  const rows = all.map((each) => [each.code, placeOf(each), nameOf(each), formatAgo(each.requestedAt), formatTime(each.expiresAt)]);
  return ['Waiting:', ...table(['CODE', 'CHANNEL', 'WHO', 'ASKED', 'UNTIL'], rows), 'Let one in with `openclaw pairing approve <code>`.'];
}

function paired({ paired: all }: Listed): string[] {
  if (all.length === 0) return ['Nobody was let in by pairing.'];
  return [
    'Let in:',
    ...table(
      ['CHANNEL', 'WHO', 'SINCE'],
      all.map((each) => [placeOf(each), nameOf(each), formatAgo(each.since)]),
    ),
  ];
}

const placeOf = ({ channel, account }: Whom) => `${channel}/${account}`;
const nameOf = ({ sender: { id, name } }: Whom) => (name === undefined ? plain(id) : `${plain(name)} (${plain(id)})`);
