/** The form for a new replay, and the order that is made of it. */
export const SOURCES = ['session', 'query', 'bundle', 'log'] as const;
export const LEVELS = ['effects', 'decisions', 'live', 'projections'] as const;
const POSITION = /^[1-9]\d{0,14}$/;
const INDEX = /^\d{1,4}$/;

export const TOOL_ANSWERS = ['history', 'static', 'deny'] as const;

/** What the calls of a tool give; `result` only of a `static` one: JSON, or else a text. */
export type DraftAnswer = { readonly tool: string; readonly kind: (typeof TOOL_ANSWERS)[number]; readonly result: string };

export type Draft = {
  readonly source: (typeof SOURCES)[number];
  readonly sessionId: string;
  /** The last event of the session that is run again; empty for all of it. */
  readonly to: string;
  readonly query: string;
  readonly last: number;
  readonly bundleId: string;
  readonly config: 'recorded' | 'current' | 'draft';
  readonly configText: string;
  readonly agentId: string;
  readonly model: string;
  readonly systemPrompt: string;
  /** Names, separated by commas; `-` for none. */
  readonly tools: string;
  /** A routing rule as it is written in `bindings`; empty for none. */
  readonly ruleText: string;
  /** Which binding it takes the place of; empty where it is added. */
  readonly ruleReplaces: string;
  readonly toolAnswers: readonly DraftAnswer[];
  readonly onMiss: 'fail' | 'deny';
  readonly level: (typeof LEVELS)[number];
  readonly tokens: number;
  readonly requests: number;
  /** US dollars; empty where only tokens and requests count. */
  readonly maxCost: string;
  readonly runs: number;
};

export function emptyDraft(sessionId: string, query: string, to: number | null = null): Draft {
  return {
    source: query !== '' && sessionId === '' ? 'query' : 'session',
    sessionId,
    to: to === null ? '' : String(to),
    query,
    last: 1_000,
    bundleId: '',
    config: 'recorded',
    configText: '',
    agentId: '',
    model: '',
    systemPrompt: '',
    tools: '',
    ruleText: '',
    ruleReplaces: '',
    toolAnswers: [],
    onMiss: 'fail',
    level: 'effects',
    tokens: 20_000,
    requests: 50,
    maxCost: '',
    runs: 1,
  };
}

/** What is run again; nothing while the form does not say it. */
export function sourceOf({ source, sessionId, to, query, last, bundleId }: Draft) {
  if (source === 'log') return { kind: 'log' } as const;
  if (source === 'query') return Number.isInteger(last) && last > 0 ? ({ kind: 'query', query: query.trim(), last } as const) : undefined;
  if (source === 'bundle') return bundleId === '' ? undefined : ({ kind: 'bundle', bundleId } as const);
  if (sessionId.trim() === '' || (to !== '' && !POSITION.test(to))) return undefined;
  return { kind: 'session', sessionId: sessionId.trim(), ...(to !== '' && { toPosition: Number(to) }) } as const;
}

/** The order as the gateway takes it: what was left empty is not in it. */
export function orderOf(draft: Draft) {
  const { level, tokens, requests, maxCost, runs } = draft;
  return {
    source: sourceOf(draft) ?? ({ kind: 'log' } as const),
    level,
    change: changeOf(draft),
    ...(level === 'live' && { budget: { tokens, requests, ...(maxCost.trim() !== '' && { costUsd: Number(maxCost) }) }, runs }),
  };
}

/** What is otherwise, as far as the level can have it. */
export function changeOf(draft: Draft) {
  const { config, configText, agentId, model, systemPrompt, tools, level, ruleText, ruleReplaces, onMiss } = draft;
  const isSession = level === 'effects' || level === 'live';
  const names = tools
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== '-');
  const answers = draft.toolAnswers.filter(({ tool }) => tool.trim() !== '');
  return {
    ...(level !== 'projections' && config !== 'recorded' && { config: config === 'current' ? 'current' : configText }),
    ...(level !== 'projections' &&
      ruleText.trim() !== '' && { rule: { text: ruleText, ...(INDEX.test(ruleReplaces) && { replace: Number(ruleReplaces) }) } }),
    ...(isSession && agentId.trim() !== '' && { agentId: agentId.trim() }),
    ...(isSession && model.trim() !== '' && { model: model.trim() }),
    ...(isSession && systemPrompt.trim() !== '' && { systemPrompt }),
    ...(isSession && tools.trim() !== '' && { tools: names }),
    ...(isSession &&
      answers.length > 0 && { toolAnswers: Object.fromEntries(answers.map((answer) => [answer.tool.trim(), answerOf(answer)])) }),
    ...(isSession && onMiss !== 'fail' && { onMiss }),
  };
}

function answerOf({ kind, result }: DraftAnswer) {
  return kind === 'static' ? { kind, result: jsonOrText(result) } : { kind };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
