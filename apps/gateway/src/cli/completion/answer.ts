/** What the shells ask for while somebody types: `openclaw __complete <question>`. Without the tree of commands, to be quick. */
import { createContext } from '../context.ts';
import { plain } from '../output.ts';
import type { Question } from './tree.ts';

const MOST_SESSIONS = 100;

const ANSWERS: Readonly<Record<Question, () => Promise<readonly (readonly [word: string, description: string])[]>>> = {
  'config-keys': async () => {
    const { configKeys } = await import('../../config/keys.ts');
    // What the user names cannot be known.
    return configKeys().flatMap(({ path, description }) => (/[*[]/.test(path) ? [] : [[path, description] as const]));
  },
  sessions: async () => {
    const { readSessions } = await import('../commands/sessions.ts');
    const { rows } = await readSessions(createContext({ json: false }), { limit: MOST_SESSIONS });
    return rows.map(({ sessionId, title, channel }) => [sessionId, title || channel]);
  },
};

/** Prints one line for each word, with its description behind a tab. A question that cannot be answered has no lines. */
export async function answer(question: string | undefined): Promise<void> {
  const find = Object.hasOwn(ANSWERS, question ?? '') ? ANSWERS[question as Question] : undefined;
  const words = (await find?.().catch(() => undefined)) ?? [];
  const lines = words.map(([word, description]) => `${plain(word)}\t${plain(description).replaceAll(/\s+/g, ' ').slice(0, 80)}\n`);
  process.stdout.write(lines.join(''));
}
