import type { Context } from '../context.ts';

type Cancelled = { readonly sessionId: string; readonly cancelled: readonly string[] };

/** Ends what runs and waits in a conversation. The gateway must be running. */
export async function cancelSession(context: Context, options: { readonly message?: string }, id: string): Promise<undefined> {
  const api = await context.api();
  const body = { reason: 'cancelled by command', ...(options.message !== undefined && { messageId: options.message }) };
  const answer = await api.send<Cancelled>('POST', `/api/sessions/${encodeURIComponent(id)}/cancel`, body);
  context.out.result(answer, () =>
    answer.cancelled.length === 0
      ? ['Nothing runs or waits there.']
      : [`${answer.cancelled.length} cancelled:`, ...answer.cancelled.map((messageId) => `  ${messageId}`)],
  );
}
