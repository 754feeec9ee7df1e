import { diff, type PatchOperation } from '@openclaw-gateway/events/json-patch';
import { momentOf, newestMoment } from '../../history/moment.ts';
import { type StateAt, stateAt } from '../../history/state-at.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, pairs, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';

type Options = { readonly at?: string; readonly diff?: string };
type Difference = { readonly from: StateAt; readonly to: StateAt; readonly patch: readonly PatchOperation[] };

/** What the gateway was doing at a moment, or what changed between two. */
export async function showState(context: Context, options: Options): Promise<undefined> {
  const read = await withStore(context, async (reader): Promise<StateAt | Difference> => {
    const state = await stateAt(reader, options.at === undefined ? await newestMoment(reader.log) : await momentOf(reader.log, options.at));
    if (options.diff === undefined) return state;
    const other = await stateAt(reader, await momentOf(reader.log, options.diff));
    return { from: state, to: other, patch: diff(state, other) };
  });
  context.out.result(read, () => ('patch' in read ? describeDifference(read) : describeState(read)));
}

function describeState({ position, time, running, sessions, config, queue }: StateAt): string[] {
  const open = Object.entries(queue);
  const rows = open.map(([messageId, work]) => [
    String(work.position),
    work.status,
    messageId,
    work.sessionId,
    work.agentId,
    work.channel,
    formatTime(work.receivedAt),
  ]);
  return [
    paint('bold', `Position ${position}, ${new Date(time).toISOString()}`),
    ...pairs([
      ['Gateway', running ? 'running' : 'stopped'],
      ['Sessions', String(sessions)],
      ['Configuration', config.hash ?? 'none yet'],
      ['Unfinished', `${open.length} messages`],
    ]),
    ...(open.length > 0 ? ['', ...table(['POSITION', 'STATE', 'MESSAGE', 'SESSION', 'AGENT', 'CHANNEL', 'RECEIVED'], rows)] : []),
  ];
}

function describeDifference({ from, to, patch }: Difference): string[] {
  return [paint('bold', `From position ${from.position} to ${to.position}`), ...describePatch(patch)];
}

/** The operations as people read them. */
export function describePatch(patch: readonly PatchOperation[]): string[] {
  if (patch.length === 0) return ['Nothing differs.'];
  return patch.map((operation) => {
    if (operation.op === 'remove') return paint('red', `- ${plain(operation.path)}`);
    const line = `${operation.op === 'add' ? '+' : '~'} ${plain(operation.path)} ${plain(JSON.stringify(operation.value))}`;
    return paint(operation.op === 'add' ? 'green' : 'yellow', line);
  });
}
