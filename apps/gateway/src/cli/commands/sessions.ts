import type { Page } from '@openclaw-gateway/db';
import { GatewayError, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import { type ListedSession, withState } from '../../history/idle.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, paint, pairs, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';

type ListOptions = {
  readonly limit: number;
  readonly before?: number;
  readonly agent?: string;
  readonly channel?: string;
  readonly open?: true;
};
type Shown = {
  readonly session: ListedSession;
  readonly quarantine?: SessionState['quarantine'];
  readonly transcript: SessionState['transcript'];
  readonly transcriptLength: number;
};

/** How much of a conversation is shown; the dashboard shows all of it. */
const SHOWN_ENTRIES = 200;

/** The conversations, newest first, from the gateway or from the files of one that is stopped. */
export async function readSessions(
  context: Context,
  { limit, before, agent, channel, open }: ListOptions,
): Promise<Pick<Page<ListedSession>, 'rows' | 'next'>> {
  const api = await context.apiIfRunning();
  if (api) return await api.get<Page<ListedSession>>('/api/sessions', { limit, before, agent, channel, open: open ? 1 : undefined });
  return await withStore(context, async ({ views }) => {
    const idleAfterMs = await timeoutMs(context);
    const found = await views.sessions(
      { ...(agent && { agentId: agent }), ...(channel && { channel }), ...(open && { openOnly: true }) },
      { limit, ...(before !== undefined && { before }) },
    );
    return { ...found, rows: found.rows.map((row) => withState(row, idleAfterMs, Date.now())) };
  });
}

/** Prints them. */
export async function listSessions(context: Context, options: ListOptions): Promise<undefined> {
  const page = await readSessions(context, options);
  context.out.result(page, () => {
    if (page.rows.length === 0) return ['No sessions yet. Send a message: openclaw message send --to me --message "Hello"'];
    const rows = page.rows.map((row) => [
      row.sessionId,
      row.agentId,
      row.channel,
      String(row.messages),
      formatAgo(row.lastTime),
      row.openMessages > 0 ? paint('yellow', `${row.openMessages} open`) : `${row.lastOutcome}${row.state === 'idle' ? ', idle' : ''}`,
      plain(row.title) || paint('dim', '(no title)'),
    ]);
    const more = page.next === undefined ? [] : [paint('dim', `Older ones: openclaw sessions list --before ${page.next}`)];
    return [...table(['SESSION', 'AGENT', 'CHANNEL', 'MESSAGES', 'LAST', 'STATE', 'TITLE'], rows), ...more];
  });
}

/** A conversation, by its id or its key, with its messages. */
export async function showSession(context: Context, _options: unknown, id: string): Promise<undefined> {
  const api = await context.apiIfRunning();
  const shown = api
    ? await api.get<Shown>(`/api/sessions/${encodeURIComponent(id)}`, { limit: SHOWN_ENTRIES })
    : await withStore(context, async ({ views }): Promise<Shown> => {
        const session = id.startsWith('ses_') ? await views.session(id) : await views.sessionByKey(id);
        if (!session) throw new GatewayError('SESSION_NOT_FOUND', { message: `No session has the id or key ${id}.` });
        const { transcript, quarantine } = await views.sessionState(session.sessionId);
        return {
          session: withState(session, await timeoutMs(context), Date.now()),
          ...(quarantine && { quarantine }),
          transcript: transcript.slice(-SHOWN_ENTRIES),
          transcriptLength: transcript.length,
        };
      });
  context.out.result(shown, () => describe(shown));
}

async function timeoutMs(context: Context): Promise<number> {
  return (await context.configOrDefaults()).config.gateway.sessions.timeout;
}

function describe({ session, quarantine, transcript, transcriptLength }: Shown): string[] {
  const cut = transcriptLength > transcript.length ? [paint('dim', `(the last ${transcript.length} of ${transcriptLength})`)] : [];
  return [
    paint('bold', plain(session.title || session.sessionKey || session.sessionId)),
    ...pairs([
      ['Session', session.sessionId],
      ['Key', plain(session.sessionKey) || paint('dim', '(erased)')],
      ['Agent', session.agentId],
      ['Channel', `${session.channel}/${session.account}`],
      ['Opened', formatTime(session.openedAt)],
      ['Last', formatTime(session.lastTime)],
      ['State', session.state],
      ...(quarantine
        ? [['Quarantine', paint('red', `since ${formatTime(quarantine.since)}: ${plain(quarantine.problem.message)}`)] as const]
        : []),
      ['Messages', `${session.messages}, ${session.openMessages} open`],
      ['Tokens', `${session.inputTokens} in, ${session.outputTokens} out`],
    ]),
    '',
    ...cut,
    ...transcript.flatMap(describeEntry),
  ];
}

/** An entry of a conversation, in lines. */
export function describeEntry(entry: TranscriptEntry): string[] {
  const head = paint('dim', formatTime(entry.time));
  if (entry.role === 'user') return [`${head}  ${paint('cyan', 'user')}       ${plain(entry.text)}`];
  if (entry.role === 'tool')
    return [`${head}  ${paint('dim', 'tool')}       ${entry.tool}${entry.failed ? ' failed' : ''}: ${plain(JSON.stringify(entry.result))}`];
  const calls = entry.toolCalls.map(
    (call) => `${head}  ${paint('dim', 'tool call')}  ${call.tool} ${plain(JSON.stringify(call.arguments))}`,
  );
  return entry.text === '' ? calls : [`${head}  ${paint('green', 'assistant')}  ${plain(entry.text)}`, ...calls];
}
