/** Tools that a recording names and nobody here knows: those of extensions that are not loaded, and of servers that are not there. Pure. */
import { ModelRequested, type StoredEvent, ToolApprovalRequested, ToolRequested } from '@openclaw-gateway/events';
import type { KnownTool } from '../tools/policy.ts';

/**
 * Stands in for what a recording calls and `known` lacks, so that recorded results are taken without the program that gave them.
 * What the model was told of such a tool is not recorded, so that the hashes of the requests cannot be the recorded ones.
 */
export function unknownTools(events: readonly StoredEvent[], known: readonly KnownTool[]): readonly KnownTool[] {
  const names = new Set(known.map(({ spec }) => spec.name));
  const asked = new Set(events.flatMap((event) => (ToolApprovalRequested.is(event) ? [event.data.callId] : [])));
  const askedFor = new Set(events.flatMap((event) => (ToolRequested.is(event) && asked.has(event.data.callId) ? [event.data.tool] : [])));
  const forTwo = new Set(events.flatMap((event) => (ToolApprovalRequested.is(event) && event.data.people ? [event.data.tool] : [])));
  const named = new Set(events.flatMap((event) => (ModelRequested.is(event) ? event.data.tools : [])));
  return [...named]
    .filter((name) => !names.has(name))
    .map((name) => ({
      spec: { name, description: '', parameters: { type: 'object' } },
      policy: askedFor.has(name) ? 'ask' : 'allow',
      risk: forTwo.has(name) ? 'high' : 'medium',
    }));
}
