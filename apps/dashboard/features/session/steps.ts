/** Going through a session event by event: which piece of its history an event is in, and the state that follows from the piece. */
import { applyPatch, type PatchOperation } from '@openclaw-gateway/events/json-patch';

export type Tick = {
  readonly position: number;
  readonly time: number;
  readonly type: string;
  readonly severity: 'debug' | 'info' | 'warn' | 'error';
  readonly summary: string;
  readonly correlationId?: string | undefined;
};

/** The state at one event, and what each of the next ones made of it. */
export type Piece = {
  readonly state: unknown;
  readonly steps: readonly { readonly position: number; readonly patch: readonly PatchOperation[] }[];
};

/** Events in one piece; with its neighbour it is also what is fetched before it is asked for. */
export const PIECE = 40;
/** So near to the end of its piece, the next one is fetched. */
export const AHEAD = 20;

/** The index of the newest event that is not later than a position; the last one without a position. */
export function indexAt(ticks: readonly Tick[], position: number | null): number {
  if (position === null) return ticks.length - 1;
  const later = ticks.findIndex((tick) => tick.position > position);
  return Math.max(0, (later === -1 ? ticks.length : later) - 1);
}

/** The indexes at which the pieces begin that are wanted at an index: its own, and that of whoever goes on. */
export function piecesAround(index: number, count: number): readonly number[] {
  const starts = [index, index - AHEAD, index + AHEAD]
    .filter((near) => near >= 0 && near < count)
    .map((near) => Math.floor(near / PIECE) * PIECE);
  return [...new Set(starts)];
}

/** The state after the event at a position, and what that event changed. */
export function stateIn(
  { state, steps }: Piece,
  position: number,
): { readonly state: unknown; readonly patch?: readonly PatchOperation[] } {
  const until = steps.filter((step) => step.position <= position);
  const last = until.at(-1);
  return {
    state: applyPatch(
      state,
      until.flatMap((step) => step.patch),
    ),
    ...(last?.position === position ? { patch: last.patch } : {}),
  };
}

/** The value that a path of a patch names; `undefined` where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | null | undefined)?.[key], value);
}

export const FAMILIES = ['message', 'decision', 'run', 'model', 'tool', 'delivery', 'problem', 'other'] as const;
export type Family = (typeof FAMILIES)[number];

const FAMILY_OF: Readonly<Record<string, Family>> = {
  message: 'message',
  auth: 'decision',
  route: 'decision',
  run: 'run',
  model: 'model',
  tool: 'tool',
  delivery: 'delivery',
};

/** What colours an event: that it went wrong, else what it is of. */
export function familyOf({ type, severity }: Pick<Tick, 'type' | 'severity'>): Family {
  if (severity === 'error') return 'problem';
  return FAMILY_OF[type.slice(0, type.indexOf('.'))] ?? 'other';
}

/** The indexes at which messages came in. */
export function turnStarts(ticks: readonly Tick[]): readonly number[] {
  return ticks.flatMap((tick, index) => (tick.type === 'message.received' ? [index] : []));
}

/** What part of the line the label of a turn takes. */
const LABEL = 1 / 10;

/** The turns, counted from one, whose labels have room on a line of so many events. */
export function labelledTurns(starts: readonly number[], count: number): readonly { readonly turn: number; readonly start: number }[] {
  const labelled: { turn: number; start: number }[] = [];
  for (const [at, start] of starts.entries()) {
    const before = labelled.at(-1);
    if (start + LABEL * count <= count && (!before || start - before.start >= LABEL * count)) labelled.push({ turn: at + 1, start });
  }
  return labelled;
}
