/** The way of a message as bars on one axis of time, worked out from the events of its flow alone. */
export type TurnEvent = {
  readonly position: number;
  readonly time: number;
  readonly type: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
};

export const STAGES = ['receive', 'authenticate', 'rate-limit', 'route', 'queue', 'agent', 'model', 'tool', 'deliver'] as const;
/** So many are in the page until more are asked for. */
export const SHOWN_BARS = 200;
export type Stage = (typeof STAGES)[number];

export type Bar = {
  readonly stage: Stage;
  /** The event that it begins with. */
  readonly type: string;
  /** What the bar is of: a model, a tool, an attempt. */
  readonly label: string;
  readonly position: number;
  /** Milliseconds after the message was received. */
  readonly startMs: number;
  /** Absent while it goes on. */
  readonly endMs?: number;
  readonly outcome: 'ok' | 'failed' | 'ongoing';
  /** Waiting rather than working. */
  readonly waiting: boolean;
  /** What is waited for is a person. */
  readonly approval?: true;
  /** The same was tried before. */
  readonly retry?: true;
  readonly firstTokenMs?: number;
};

export type Waterfall = { readonly startTime: number; readonly totalMs: number; readonly settled: boolean; readonly bars: readonly Bar[] };

type Span = {
  readonly stage: Stage;
  readonly label: string;
  readonly from: TurnEvent;
  readonly waiting?: boolean;
  readonly approval?: true;
  readonly retry?: true;
};

/** What the answers of models took together. `costUsd` is absent where no model of them has a price. */
export type Usage = { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number };

export function usageOf(events: readonly TurnEvent[]): Usage | undefined {
  const answers = events.filter(({ type }) => type === 'model.responded').map(({ facts }) => facts);
  if (answers.length === 0) return undefined;
  const sum = (name: keyof Usage) => answers.reduce((total, facts) => total + Number(facts[name] ?? 0), 0);
  const isPriced = answers.some(({ costUsd }) => costUsd !== undefined);
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens'), ...(isPriced && { costUsd: sum('costUsd') }) };
}

/** What a limit says no with: of models, of channels, of the gateway itself. */
const LIMITED = new Set(['RATE_LIMITED', 'MODEL_RATE_LIMITED', 'CHANNEL_RATE_LIMITED']);

const FINAL = new Set(['message.delivered', 'message.rejected', 'message.dead_lettered', 'message.no_reply', 'message.merged']);

/** What is tried again once a limit lets it. */
const GOES_ON = new Set(['run.started', 'model.requested', 'delivery.attempted']);

/** The bars of a turn in the order they began. `nowMs` ends what still goes on. */
export function waterfall(events: readonly TurnEvent[], nowMs: number): Waterfall {
  const received = events[0];
  if (!received) return { startTime: nowMs, totalMs: 0, settled: false, bars: [] };
  const startTime = received.time;
  const settled = events.some((event) => FINAL.has(event.type));
  const open = new Map<string, Span>();
  const bars: Bar[] = [];

  const end = (key: string, event: TurnEvent, failed: boolean, extra: Partial<Bar> = {}) => {
    const span = open.get(key);
    if (!span) return;
    open.delete(key);
    bars.push({ ...barOf(span, startTime), endMs: event.time - startTime, outcome: failed ? 'failed' : 'ok', ...extra });
  };

  for (const event of events) {
    const { type, facts } = event;
    const text = (name: string) => String(facts[name] ?? '');
    const isLimited = LIMITED.has(text('problemCode'));
    if (GOES_ON.has(type)) end('limit', event, false);
    else if (isLimited && FINAL.has(type) && !open.has('limit'))
      bars.push(instant('rate-limit', text('problemCode'), event, startTime, true));
    else if (isLimited && !FINAL.has(type) && !open.has('limit'))
      open.set('limit', { stage: 'rate-limit', label: text('problemCode'), from: event, waiting: true });
    switch (type) {
      case 'message.received':
        bars.push(instant('receive', text('channel'), event, startTime, false));
        break;
      case 'auth.accepted':
      case 'auth.denied':
        bars.push(instant('authenticate', text('rule'), event, startTime, type === 'auth.denied'));
        break;
      case 'route.decided':
        bars.push(instant('route', text('winner'), event, startTime, facts['winner'] === undefined));
        break;
      case 'message.queued':
        open.set('queue', { stage: 'queue', label: '', from: event, waiting: true });
        break;
      case 'run.started':
        end('queue', event, false);
        open.set('agent', { stage: 'agent', label: text('agentId'), from: event, ...again(Number(facts['attempt']) > 1) });
        break;
      case 'run.completed':
      case 'run.stopped':
      case 'run.failed':
      case 'run.aborted':
        end('agent', event, type !== 'run.completed');
        if (facts['retryAt'] !== undefined && !isLimited)
          open.set('queue', { stage: 'queue', label: text('problemCode'), from: event, waiting: true });
        break;
      case 'model.requested':
        open.set('model', {
          stage: 'model',
          label: `${text('provider')}/${text('model')}`,
          from: event,
          ...again(facts['because'] !== undefined || bars.findLast((bar) => bar.stage === 'model')?.outcome === 'failed'),
        });
        break;
      case 'model.responded':
      case 'model.failed':
        end(
          'model',
          event,
          type === 'model.failed',
          typeof facts['firstTokenMs'] === 'number' ? { firstTokenMs: facts['firstTokenMs'] } : {},
        );
        break;
      case 'tool.requested':
        open.set(`tool ${text('callId')}`, { stage: 'tool', label: text('tool'), from: event });
        break;
      case 'tool.approval_requested':
        open.set(`approval ${text('callId')}`, { stage: 'tool', label: text('tool'), from: event, waiting: true, approval: true });
        break;
      case 'tool.approved':
        end(`approval ${text('callId')}`, event, false);
        break;
      case 'tool.completed':
      case 'tool.failed':
      case 'tool.denied':
        end(`approval ${text('callId')}`, event, type === 'tool.denied');
        end(`tool ${text('callId')}`, event, type !== 'tool.completed');
        break;
      case 'delivery.attempted':
        open.set('deliver', { stage: 'deliver', label: `#${text('attempt')}`, from: event, ...again(Number(facts['attempt']) > 1) });
        break;
      case 'delivery.succeeded':
      case 'delivery.failed':
      case 'delivery.uncertain':
        end('deliver', event, type !== 'delivery.succeeded');
        break;
    }
  }
  for (const span of open.values()) {
    // Nothing goes on after the end: what has no end of its own was cut off there.
    bars.push({
      ...barOf(span, startTime),
      outcome: settled ? 'failed' : 'ongoing',
      ...(settled ? { endMs: lastTime(events) - startTime } : {}),
    });
  }
  const totalMs = Math.max(settled ? lastTime(events) - startTime : nowMs - startTime, 0);
  return { startTime, totalMs, settled, bars: bars.toSorted(byBeginning) };
}

function barOf(span: Span, startTime: number): Omit<Bar, 'outcome'> {
  return {
    stage: span.stage,
    type: span.from.type,
    label: span.label,
    position: span.from.position,
    startMs: span.from.time - startTime,
    waiting: span.waiting ?? false,
    ...(span.approval && { approval: span.approval }),
    ...(span.retry && { retry: span.retry }),
  };
}

function again(isSo: boolean): { readonly retry?: true } {
  return isSo ? { retry: true } : {};
}

function instant(stage: Stage, label: string, event: TurnEvent, startTime: number, failed: boolean): Bar {
  const at = event.time - startTime;
  return {
    stage,
    type: event.type,
    label,
    position: event.position,
    startMs: at,
    endMs: at,
    outcome: failed ? 'failed' : 'ok',
    waiting: false,
  };
}

function byBeginning(a: Bar, b: Bar): number {
  return a.startMs - b.startMs || a.position - b.position;
}

function lastTime(events: readonly TurnEvent[]): number {
  return events.at(-1)?.time ?? 0;
}
