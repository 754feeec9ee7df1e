/** The form for a new replay, and the order that is made of it. */
export const SOURCES = ['session', 'query', 'bundle', 'log'] as const;
export const LEVELS = ['effects', 'decisions', 'live', 'projections'] as const;
const POSITION = /^[1-9]\d{0,14}$/;

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
  readonly level: (typeof LEVELS)[number];
  readonly tokens: number;
  readonly requests: number;
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
    level: 'effects',
    tokens: 20_000,
    requests: 50,
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
  const { config, configText, agentId, model, systemPrompt, tools, level, tokens, requests } = draft;
  const isSession = level === 'effects' || level === 'live';
  const names = tools
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== '-');
  return {
    source: sourceOf(draft) ?? ({ kind: 'log' } as const),
    level,
    change: {
      ...(level !== 'projections' && config !== 'recorded' && { config: config === 'current' ? 'current' : configText }),
      ...(isSession && agentId.trim() !== '' && { agentId: agentId.trim() }),
      ...(isSession && model.trim() !== '' && { model: model.trim() }),
      ...(isSession && systemPrompt.trim() !== '' && { systemPrompt }),
      ...(isSession && tools.trim() !== '' && { tools: names }),
    },
    ...(level === 'live' && { budget: { tokens, requests } }),
  };
}
