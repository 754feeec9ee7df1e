/** What the steps of one run share. */
import { GatewayError, type NewEvent } from '@openclaw-gateway/events';
import type { Asked } from '../asked.ts';
import type { AgentSettings } from './agent.ts';
import { metadataOf, openMessage, type PipelineContext, STOP } from './context.ts';
import type { SessionCell } from './sessions.ts';

/** A run's fixed parts, so that the steps need not carry them one by one. */
export type Run = {
  readonly context: PipelineContext;
  readonly cell: SessionCell;
  readonly messageId: string;
  readonly settings: AgentSettings;
  readonly provider: Asked;
  readonly providerName: string;
  readonly model: string;
  readonly signal: AbortSignal;
};

export async function commit(run: Run, events: readonly NewEvent[]): Promise<void> {
  const open = openMessage(run.cell, run.messageId);
  await run.context.sessions.commit(run.cell, events, metadataOf(run.cell, open));
}

export function problemOf(error: GatewayError): { code: string; message: string } {
  return { code: error.code, message: error.message.slice(0, 2000) };
}

/** Why a run that was stopped ended. */
export function stopped(run: Run): GatewayError {
  const message = `The run took longer than ${Math.round(run.settings.timeout / 1000)} s.`;
  return run.signal.reason === STOP.timeout ? new GatewayError('MODEL_TIMEOUT', { message }) : new GatewayError('RUN_ABORTED');
}
