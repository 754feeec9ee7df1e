/** What is known of a running message from the stream alone. The log replaces it once the message is settled. */
export type Streaming = {
  readonly text: string;
  /** The stream was joined after the answer had begun, so its beginning is missing here. */
  readonly joinedLate: boolean;
  readonly tool?: string;
};

export type ProgressStep =
  | { readonly type: 'queued' | 'started' | 'reset' | 'settled' }
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'tool'; readonly tool: string; readonly callId: string; readonly phase: 'start' | 'end'; readonly failed: boolean };

/** The streams by message id, after one more step. */
export function afterStep(streams: ReadonlyMap<string, Streaming>, messageId: string, step: ProgressStep): ReadonlyMap<string, Streaming> {
  const next = new Map(streams);
  const now = streams.get(messageId);
  switch (step.type) {
    case 'settled':
      next.delete(messageId);
      break;
    case 'queued':
    case 'started':
    case 'reset':
      next.set(messageId, { text: '', joinedLate: false });
      break;
    case 'delta':
      next.set(messageId, { text: (now?.text ?? '') + step.text, joinedLate: now?.joinedLate ?? true });
      break;
    case 'tool': {
      const { text, joinedLate } = now ?? { text: '', joinedLate: true };
      next.set(messageId, step.phase === 'start' ? { text, joinedLate, tool: step.tool } : { text, joinedLate });
    }
  }
  return next;
}
