/**
 * CloudEvents 1.0 in JSON, one event a line. Attributes come in a fixed order and the body is the stored text itself, so a line
 * is the same whenever it is exported, and an event that is neither masked nor sealed can be verified from its line alone:
 * `datahash` is SHA-256(salt ‖ data), `eventhash` chains it to `prevhash` (see docs/audit-export.md).
 */
import { type EventDefinition, eventDefinition, piiPaths } from '@openclaw-gateway/events';
import { oneLine, timestamp } from './facts.ts';
import type { Format, Product, ShownEvent } from './format.ts';

/** As OpenTelemetry numbers severities. */
const SEVERITY_NUMBER = { debug: 5, info: 9, warn: 13, error: 17 } as const;
const SEQUENCE_DIGITS = 20;
const MAX_KNOWN = 1000;

/** What every event of a type and schema version says of itself. */
type TypeParts = { readonly head: string; readonly tail: string };

export function createJsonl({ gatewayId }: Product): Format {
  const types = new Map<string, TypeParts>();
  const attributes = new Attributes();
  const source = `","source":"/gateways/${gatewayId}","type":"ai.openclaw.`;
  const partsOf = (type: string): TypeParts => {
    let parts = types.get(type);
    if (!parts) {
      parts = describeType(type);
      types.set(type, parts);
    }
    return parts;
  };
  return {
    name: 'jsonl',
    extension: 'jsonl',
    mediaType: 'application/x-ndjson',
    lineEnd: '\n',
    line: (event) => {
      const { head, tail } = partsOf(event.type);
      const time = timestamp(event.time);
      const stream = quote(event.streamId);
      return `{"specversion":"1.0","id":"${event.id}${source}${head}"time":"${time}","subject":${stream},"datacontenttype":"application/json",${tail}"sequence":"${String(event.position).padStart(SEQUENCE_DIGITS, '0')}","partitionkey":${stream},"streamseq":${event.version},"schemaversion":${event.schemaVersion},"recordedtime":"${time}"${attributes.of(event)},"prevhash":"${event.previousHash}","eventhash":"${event.hash}","datahash":"${event.dataHash}"${bodyOf(event)}}`;
    },
  };
}

function describeType(type: string): TypeParts {
  const definition = eventDefinition(type);
  const version = definition?.version ?? 1;
  const severity = definition?.severity ?? 'info';
  return {
    head: `${type}.v${version}",`,
    tail: `"dataschema":"urn:openclaw:event:${type}:v${version}","severitytext":"${severity.toUpperCase()}","severitynumber":${SEVERITY_NUMBER[severity]},"dataclassification":"${classification(definition)}",`,
  };
}

/** Events that say something of a person, and all others. */
function classification(definition: EventDefinition | undefined): 'confidential' | 'internal' {
  return definition && piiPaths(definition.schema).length > 0 ? 'confidential' : 'internal';
}

/** What the metadata says, as attributes. The events of a message's flow share theirs, and those of a commit come one after the other. */
class Attributes {
  readonly #known = new Map<string, string>();
  #lastJson: string | undefined;
  #lastText = '';

  of(event: ShownEvent): string {
    const { metadataJson } = event;
    const text = metadataJson === undefined ? describeMetadata(event) : this.#textOf(metadataJson, event);
    return event.erased ? `${text},"erased":true` : text;
  }

  #textOf(metadataJson: string, event: ShownEvent): string {
    if (this.#lastJson === metadataJson) return this.#lastText;
    let text = this.#known.get(metadataJson);
    if (text === undefined) {
      text = describeMetadata(event);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(metadataJson, text);
    }
    this.#lastJson = metadataJson;
    this.#lastText = text;
    return text;
  }
}

function describeMetadata({ metadata, metadataJson }: ShownEvent): string {
  const { actor, correlationId, causationId, traceparent, sessionId, agentId, channel, runId, subject } = metadata;
  let text = '';
  if (correlationId !== undefined) text += `,"correlationid":${quote(correlationId)}`;
  if (causationId !== undefined) text += `,"causationid":${quote(causationId)}`;
  if (traceparent !== undefined) text += `,"traceparent":${quote(traceparent)}`;
  if (sessionId !== undefined) text += `,"sessionid":${quote(sessionId)}`;
  if (agentId !== undefined) text += `,"agentid":${quote(agentId)}`;
  if (channel !== undefined) text += `,"channel":${quote(channel)}`;
  if (runId !== undefined) text += `,"runid":${quote(runId)}`;
  if (subject !== undefined) text += `,"datasubject":${quote(subject)}`;
  if (actor) text += `,"authtype":${quote(actor.type)},"authid":${quote(actor.id)}`;
  if (metadataJson !== undefined) text += `,"metadata":${oneLine(JSON.stringify(metadataJson))}`;
  return text;
}

/** The stored text as it is, as far as it is one line; what had to be written anew cannot be hashed again. */
function bodyOf(event: ShownEvent): string {
  const { stored } = event;
  const isNewest = event.schemaVersion === (eventDefinition(event.type)?.version ?? 1);
  if (!stored || !isNewest) return `,"data":${oneLine(JSON.stringify(event.data))}`;
  const json = oneLine(stored.json);
  return json === stored.json ? `,"datasalt":"${stored.salt}","data":${json}` : `,"data":${json}`;
}

/** Ids and short names need no escaping, and looking whether they do costs less than escaping. */
function quote(text: string): string {
  return /^[\w/:.@+-]*$/.test(text) ? `"${text}"` : oneLine(JSON.stringify(text));
}
