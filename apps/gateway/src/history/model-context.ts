/** What a model was shown: the log has the hash of a request, and what it was made of. */
import { GatewayError, ModelRequested } from '@openclaw-gateway/events';
import type { ModelRequest, ToolSpec } from '@openclaw-gateway/sdk';
import { agentSettings, buildRequest, requestHash } from '../pipeline/agent.ts';
import { readDocument } from '../replay/configs.ts';
import { configAt } from './config-at.ts';
import type { HistoryReader } from './reader.ts';

export type ModelContext = {
  readonly position: number;
  readonly time: number;
  readonly provider: string;
  readonly step: number;
  readonly request: ModelRequest;
  /** The recorded hash is that of the request: this is what was sent, to the letter. */
  readonly exact: boolean;
};

/**
 * The last request of a conversation up to a position, put together again from the conversation, the configuration of that time and
 * the tools of today. `undefined` when none was made. Throws RECORDING_INCOMPLETE when the log lacks the configuration.
 */
export async function modelContext(
  { log, views }: HistoryReader,
  sessionId: string,
  toPosition: number,
  tools: readonly ToolSpec[],
): Promise<ModelContext | undefined> {
  const { rows } = await views.events({ sessionId, types: [ModelRequested.type] }, { before: toPosition + 1, limit: 1 });
  const event = rows[0] && (await log.readAt(rows[0].position));
  if (!event || !ModelRequested.is(event)) return undefined;
  const { position, time, data, metadata } = event;
  // Folded where it is read: of a long conversation only the state need come over.
  const state = await views.sessionState(sessionId, position - 1);
  const open = state.open.get(metadata.correlationId ?? '');
  const { document } = await configAt(log, { position, time });
  if (!document || !open) throw incomplete(position);
  const settings = agentSettings(readDocument(document), open.agentId);
  const request = buildRequest(settings, data.model, toldOf(tools, data.tools), state, open);
  return { position, time, provider: data.provider, step: data.step, request, exact: requestHash(request) === data.requestHash };
}

/** The tools that the request named, as a model is told of them. */
function toldOf(tools: readonly ToolSpec[], names: readonly string[]): readonly ToolSpec[] {
  return names.flatMap((wanted) => {
    const tool = tools.find(({ name }) => name === wanted);
    return tool ? [{ name: tool.name, description: tool.description, parameters: tool.parameters }] : [];
  });
}

function incomplete(position: number): GatewayError {
  return new GatewayError('RECORDING_INCOMPLETE', {
    message: `The log does not have all that the request at position ${position} was made of.`,
    details: { position },
  });
}
