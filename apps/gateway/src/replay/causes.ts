/** Which event of a message led to which: the message to its route, that to the run, that to the model's call, that to the tool. Pure. */
import type { StoredEvent } from '@openclaw-gateway/events';

/** For a type of event the types that lead to it, the nearest of which before it is its cause. `same`: the field that they share. */
const LED_BY: readonly (readonly [of: RegExp, by: RegExp, same?: string])[] = [
  [/^auth\./, /^message\.received$/],
  [/^route\.decided$/, /^(auth\.accepted|message\.received)$/],
  [/^message\.rejected$/, /^(auth\.denied|route\.decided|auth\.accepted)$/],
  [/^(session\.opened|message\.queued)$/, /^route\.decided$/],
  [/^run\.started$/, /^(run\.failed|message\.queued|route\.decided)$/],
  [
    /^(model\.requested|session\.compaction_requested)$/,
    /^(run\.started|tool\.(completed|failed|denied)|model\.failed|session\.compacted)$/,
  ],
  [/^(model\.(responded|failed)|budget\..*)$/, /^model\.requested$/],
  [/^session\.compacted$/, /^session\.compaction_requested$/],
  [/^tool\.requested$/, /^model\.responded$/],
  [/^tool\.approval_/, /^tool\.requested$/, 'callId'],
  [/^tool\.(approved|denied)$/, /^tool\.(approval_\w+|requested)$/, 'callId'],
  [/^tool\.started$/, /^tool\.(approved|requested)$/, 'callId'],
  [/^tool\.(completed|failed)$/, /^tool\.(started|requested)$/, 'callId'],
  [/^run\.completed$/, /^model\.responded$/],
  [/^run\.(failed|aborted|stopped)$/, /^(model\.(requested|failed|responded)|tool\.\w+|run\.started)$/],
  [/^delivery\.requested$/, /^tool\.started$/, 'callId'],
  [/^delivery\.requested$/, /^(run\.(completed|failed|stopped)|message\.rejected)$/],
  [/^delivery\.attempted$/, /^delivery\.(requested|failed|uncertain)$/, 'deliveryId'],
  [/^delivery\./, /^delivery\.(attempted|requested)$/, 'deliveryId'],
  [/^message\.delivered$/, /^delivery\.succeeded$/],
  [/^message\.(dead_lettered|no_reply)$/, /^(run\.\w+|delivery\.failed|auth\.\w+)$/],
];

/** The places of the events that led to the one at `index`, from the message on. An event of which no rule speaks follows the one before it. */
export function causesOf(events: readonly StoredEvent[], index: number): number[] {
  const chain: number[] = [];
  for (let at = causeOf(events, index); at !== undefined; at = causeOf(events, at)) chain.unshift(at);
  return chain;
}

function causeOf(events: readonly StoredEvent[], index: number): number | undefined {
  const event = events[index];
  if (!event || index === 0) return undefined;
  for (const [of, by, same] of LED_BY) {
    const shared = same === undefined ? undefined : fieldOf(event, same);
    if (!of.test(event.type) || (same !== undefined && shared === undefined)) continue;
    for (let at = index - 1; at >= 0; at--) {
      const other = events[at];
      if (other && by.test(other.type) && (same === undefined || fieldOf(other, same) === shared)) return at;
    }
  }
  return index - 1;
}

function fieldOf({ data }: StoredEvent, name: string): unknown {
  return (data as Readonly<Record<string, unknown>> | null)?.[name];
}
