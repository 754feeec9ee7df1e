import type { Context } from '../context.ts';

type Released = { readonly sessionId: string; readonly released: boolean };

/** Lets a conversation out of quarantine; with `--forget` the model is no longer shown what was said. The gateway must be running. */
export async function releaseSession(context: Context, options: { readonly forget?: true }, id: string): Promise<undefined> {
  const api = await context.api();
  const answer = await api.send<Released>('POST', `/api/sessions/${encodeURIComponent(id)}/release`, { forget: options.forget === true });
  context.out.result(answer, () => [answer.released ? 'Released: what waits there is run now.' : 'It was not in quarantine.']);
}
