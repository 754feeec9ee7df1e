import { z } from 'zod';
import { defineEvent } from '../define.ts';
import { explain, name, problem } from './shared.ts';

export const QUARANTINE_REASONS = ['crashes', 'broken_conversation', 'refused'] as const;

export const SessionQuarantined = defineEvent('session.quarantined', {
  version: 1,
  description:
    'Nothing more is run in this conversation until somebody releases it: the process ended again and again while it was being answered, or the model refuses it. Other conversations go on.',
  schema: z.object({ sessionId: name, reason: z.enum(QUARANTINE_REASONS), messageId: name, problem }),
  summary: (d) => `Quarantined: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

export const SessionReleased = defineEvent('session.released', {
  version: 1,
  description: 'Somebody let the conversation out of quarantine: what waits in it is run again.',
  schema: z.object({ sessionId: name }),
  summary: () => 'Released from quarantine',
  retention: 'audit',
});
