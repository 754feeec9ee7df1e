/** Events of the Open Cybersecurity Schema Framework, version 1.8, one a line. What no attribute fits is in `unmapped`. */
import { type AnyData, clientAddress, dataOf, type Facts, factsOf, number, oneLine, text, titleOf } from './facts.ts';
import type { Format, Product, ShownEvent } from './format.ts';
import { type OcsfClass, OTHER_ACTIVITY, ocsfMapping } from './ocsf-classes.ts';

const VERSION = '1.8.0';
const SEVERITY_ID = { debug: 1, info: 1, warn: 3, error: 4 } as const;
const STATUS = { success: { status_id: 1, status: 'Success' }, failure: { status_id: 2, status: 'Failure' } } as const;
const GATEWAY_NAME = 'OpenClaw Gateway';
/** The kinds of actors that OCSF has a number for. */
const USER_TYPE_ID: Readonly<Record<string, number>> = { app_user: 1, user: 1, system: 3, unauthenticated: 0 };
const OTHER_TYPE_ID = 99;
/** What became of a message's context: who speaks. */
const AI_ROLE: Readonly<Record<string, number>> = { 'model.requested': 1, 'model.responded': 2, 'model.failed': 2 };
const TOOL_ROLE = 3;

type Attributes = Record<string, unknown>;
/** Attributes of a class, and the fields of the data that they hold. */
type Described = { readonly attributes: Attributes; readonly mapped: readonly string[] };
type Describe = (event: ShownEvent, data: AnyData, facts: Facts, product: Product) => Described;

export function createOcsf(product: Product): Format {
  return {
    name: 'ocsf',
    extension: 'ocsf.jsonl',
    mediaType: 'application/x-ndjson',
    lineEnd: '\n',
    line: (event) => oneLine(JSON.stringify(toOcsf(event, product))),
  };
}

function toOcsf(event: ShownEvent, product: Product): Attributes {
  const { class: kind, activity } = ocsfMapping(event.type);
  const data = dataOf(event);
  const facts = factsOf(event);
  const { attributes, mapped } = DESCRIBE[kind.name](event, data, facts, product);
  const ai = kind.name === 'api_activity' ? aiOperation(event, data) : undefined;
  return {
    activity_id: activity,
    activity_name: activity === OTHER_ACTIVITY ? titleOf(event.type) : undefined,
    category_uid: kind.categoryUid,
    class_uid: kind.uid,
    type_uid: kind.uid * 100 + activity,
    severity_id: SEVERITY_ID[facts.severity],
    time: event.time,
    message: facts.summary,
    ...STATUS[facts.outcome],
    status_code: facts.code,
    status_detail: facts.reason,
    duration: facts.durationMs === undefined ? undefined : Math.round(facts.durationMs),
    metadata: {
      version: VERSION,
      product: { name: GATEWAY_NAME, vendor_name: 'OpenClaw', version: product.version, uid: product.gatewayId },
      uid: event.id,
      original_event_uid: event.id,
      correlation_uid: event.metadata.correlationId,
      event_code: event.type,
      log_name: event.streamId,
      logged_time: event.time,
      original_time: String(event.time),
      sequence: event.position,
      profiles: ai ? ['ai_operation'] : undefined,
    },
    ...attributes,
    ...ai,
    unmapped: unmapped(event, data, mapped),
  };
}

const DESCRIBE: Readonly<Record<OcsfClass['name'], Describe>> = {
  authentication: (event, data, _, product) => ({
    attributes: {
      actor: actorOf(event, product),
      user: text(data['userId']) ? { uid: data['userId'] } : userOf(event),
      service: { name: GATEWAY_NAME, uid: product.gatewayId },
      src_endpoint: sourceOf(event, data),
      auth_protocol_id: OTHER_TYPE_ID,
      auth_protocol: text(data['method']) ?? 'session',
      session: text(data['loginSessionHash']) ? { uid: data['loginSessionHash'] } : undefined,
    },
    mapped: ['userId', 'method', 'loginSessionHash', 'reason', 'problem', 'door'],
  }),
  account_change: (event, _data, _facts, product) => ({
    attributes: { actor: actorOf(event, product), user: userOf(event), src_endpoint: sourceOf(event, {}) },
    mapped: ['reason'],
  }),
  entity_management: (event, data, facts, product) => ({
    attributes: {
      actor: actorOf(event, product),
      entity: { name: 'openclaw.json', type: 'configuration', version: text(data['previousHash']) ?? text(data['hash']) },
      entity_result:
        facts.outcome === 'failure' ? undefined : { name: 'openclaw.json', type: 'configuration', version: text(data['hash']) },
      comment: facts.reason,
    },
    mapped: ['hash', 'previousHash', 'reason', 'code'],
  }),
  application_lifecycle: (event, data, _, product) => {
    const channel = text(data['channel']);
    return {
      attributes: {
        actor: actorOf(event, product),
        app: channel
          ? { name: channel, vendor_name: 'OpenClaw', uid: `${channel}/${text(data['account']) ?? ''}` }
          : {
              name: GATEWAY_NAME,
              vendor_name: 'OpenClaw',
              uid: product.gatewayId,
              version: text(data['programVersion']) ?? product.version,
            },
      },
      mapped: ['channel', 'account', 'programVersion', 'reason', 'problem'],
    };
  },
  api_activity: (event, data, facts, product) => ({
    attributes: {
      actor: actorOf(event, product),
      api: {
        operation: event.type,
        service: { name: GATEWAY_NAME, uid: product.gatewayId },
        request: { uid: event.metadata.correlationId ?? event.id },
        response: facts.outcome === 'failure' ? { error: facts.code, error_message: facts.reason } : undefined,
      },
      src_endpoint: sourceOf(event, data),
    },
    mapped: ['problem', 'reason', 'durationMs', 'totalMs'],
  }),
  datastore_activity: (event, data, _, product) => ({
    attributes: {
      actor: actorOf(event, product),
      database: { name: 'events.db', uid: product.gatewayId, type_id: 1 },
      src_endpoint: sourceOf(event, data),
      query_info: text(data['query']) ? { query_string: data['query'] } : undefined,
      type_id: 1,
    },
    mapped: ['query', 'reason'],
  }),
};

/** The profile `ai_operation`: which model and which role, for what models and tools do. */
function aiOperation(event: ShownEvent, data: AnyData): Attributes | undefined {
  const isTool = event.type.startsWith('tool.');
  const role = isTool ? TOOL_ROLE : AI_ROLE[event.type];
  if (role === undefined) return undefined;
  const usage = (data['usage'] ?? {}) as AnyData;
  const promptTokens = number(usage['inputTokens']);
  const completionTokens = number(usage['outputTokens']);
  const provider = text(data['provider']);
  const model = text(data['model']);
  return {
    ai_model: provider && model ? { ai_provider: provider, name: model } : undefined,
    message_context: {
      ai_role_id: role,
      name: event.metadata.sessionId,
      uid: event.metadata.runId ?? text(data['runId']),
      application: { name: GATEWAY_NAME, vendor_name: 'OpenClaw' },
      service: { name: event.metadata.agentId ?? text(data['tool']) ?? GATEWAY_NAME },
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens === undefined || completionTokens === undefined ? undefined : promptTokens + completionTokens,
    },
  };
}

function actorOf(event: ShownEvent, product: Product): Attributes {
  const { actor } = event.metadata;
  return { app_name: GATEWAY_NAME, app_uid: product.gatewayId, ...(actor && { user: userOf(event) }) };
}

/** The user behind an event; the gateway itself where it names none. */
function userOf({ metadata: { actor } }: ShownEvent): Attributes {
  if (!actor) return { uid: 'gateway', name: 'gateway', type_id: USER_TYPE_ID['system'] };
  return { uid: actor.id, type_id: USER_TYPE_ID[actor.type] ?? OTHER_TYPE_ID, type: actor.type };
}

function sourceOf(event: ShownEvent, data: AnyData): Attributes {
  return { name: event.metadata.channel ?? text(data['channel']) ?? text(data['door']) ?? 'gateway', ip: clientAddress(data) };
}

function unmapped(event: ShownEvent, data: AnyData, mapped: readonly string[]): Attributes {
  const { agentId, sessionId, runId, causationId } = event.metadata;
  const rest = Object.fromEntries(Object.entries(data).filter(([key]) => !mapped.includes(key)));
  return {
    agentid: agentId,
    sessionid: sessionId,
    runid: runId,
    causationid: causationId,
    streamseq: event.version,
    schemaversion: event.schemaVersion,
    prevhash: event.previousHash,
    eventhash: event.hash,
    datahash: event.dataHash,
    data: rest,
  };
}
