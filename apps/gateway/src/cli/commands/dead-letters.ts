/** `openclaw channels dead-letters …`: through the running gateway. */
import type { MessageJourney } from '@openclaw-gateway/db';
import { type StoredEvent, summarize } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, pairs, plain, table } from '../output.ts';

type Listed = { readonly rows: readonly MessageJourney[]; readonly next?: number };
type Shown = MessageJourney & { readonly events: readonly StoredEvent[] };

export async function listDeadLetters(
  context: Context,
  { limit, before, channel }: { readonly limit: number; readonly before?: string; readonly channel?: string },
): Promise<undefined> {
  const listed = await (await context.api()).get<Listed>('/api/dead-letters', { limit, before, channel });
  context.out.result(listed, () => [
    ...(listed.rows.length === 0
      ? ['No reply was given up.']
      : table(
          ['MESSAGE', 'CHANNEL', 'GIVEN UP', 'WHY', 'REPLY'],
          listed.rows.map((row) => [
            row.messageId,
            row.channel,
            formatAgo(row.settledAt ?? row.receivedAt),
            row.problem?.code ?? '-',
            plain(row.reply ?? ''),
          ]),
        )),
    ...(listed.next === undefined ? [] : [`Older ones: openclaw channels dead-letters list --before ${listed.next}`]),
  ]);
}

export async function showDeadLetter(context: Context, _options: unknown, messageId: string): Promise<undefined> {
  const shown = await (await context.api()).get<Shown>(`/api/dead-letters/${encodeURIComponent(messageId)}`);
  context.out.result(shown, () => [
    shown.messageId,
    ...pairs([
      ['channel', shown.channel],
      ['question', plain(shown.text)],
      ['reply', plain(shown.reply ?? '')],
      ['why', `${shown.problem?.code}: ${plain(shown.problem?.message ?? '')}`],
    ]),
    '',
    ...shown.events.map((event) => `  ${formatTime(event.time)}  ${event.type}: ${plain(summarize(event.type, event.data))}`),
    '',
    `Send it again: openclaw channels dead-letters resubmit ${shown.messageId}`,
  ]);
}

export async function resubmitDeadLetter(context: Context, _options: unknown, messageId: string): Promise<undefined> {
  const path = `/api/dead-letters/${encodeURIComponent(messageId)}/resubmit`;
  const sent = await (await context.api()).send<{ deliveryId: string; repeated: boolean }>('POST', path, {});
  context.out.result(sent, () => [sent.repeated ? 'It is being sent again already.' : `It is sent again, as ${sent.deliveryId}.`]);
}

export async function discardDeadLetter(context: Context, { reason }: { readonly reason?: string }, messageId: string): Promise<undefined> {
  const path = `/api/dead-letters/${encodeURIComponent(messageId)}/discard`;
  const discarded = await (await context.api()).send<{ messageId: string }>('POST', path, { reason });
  context.out.result(discarded, () => ['It stays unsent.']);
}
