/** The published schema of the protocol as a judge: every frame of a test, in both directions, goes past it. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const ID = 'https://openclaw.ai/protocol.schema.json';
const PATH = new URL('../../../../../node_modules/@openclaw/gateway-protocol/protocol.schema.json', import.meta.url);
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(PATH, 'utf8')) as object, ID);

const ERROR_CODES = new Set([
  'NOT_LINKED',
  'NOT_PAIRED',
  'AGENT_TIMEOUT',
  'AGENT_RESULT_NOT_FOUND',
  'INVALID_REQUEST',
  'FORBIDDEN',
  'APPROVAL_NOT_FOUND',
  'UNAVAILABLE',
]);

/** By method, the schema of its parameters and of its result where the protocol has one. */
const METHODS: Record<string, { readonly params?: string; readonly result?: string }> = {
  connect: { params: '#/definitions/ConnectParams', result: '#/definitions/HelloOk' },
  health: { result: '#/definitions/Snapshot/properties/health' },
  'chat.send': { params: '#/definitions/ChatSendParams' },
  'chat.history': { params: '#/definitions/ChatHistoryParams' },
  'chat.abort': { params: '#/definitions/ChatAbortParams' },
  'sessions.list': { params: '#/definitions/SessionsListParams' },
  agent: { params: '#/definitions/AgentParams' },
  'agent.wait': { params: '#/definitions/AgentWaitParams' },
  'config.get': { params: '#/definitions/ConfigGetParams' },
  'channels.status': { params: '#/definitions/ChannelsStatusParams', result: '#/definitions/ChannelsStatusResult' },
  'device.pair.list': { params: '#/definitions/DevicePairListParams' },
  'device.pair.approve': { params: '#/definitions/DevicePairApproveParams' },
  'device.pair.reject': { params: '#/definitions/DevicePairRejectParams' },
  'device.pair.remove': { params: '#/definitions/DevicePairRemoveParams' },
  'device.token.rotate': { params: '#/definitions/DeviceTokenRotateParams', result: '#/definitions/DeviceTokenRotateResult' },
  'device.token.revoke': { params: '#/definitions/DeviceTokenRevokeParams' },
  'logs.tail': { params: '#/definitions/LogsTailParams', result: '#/definitions/LogsTailResult' },
};

const EVENTS: Record<string, string> = {
  chat: '#/definitions/ChatEvent',
  agent: '#/definitions/AgentEvent',
  tick: '#/definitions/TickEvent',
  shutdown: '#/definitions/ShutdownEvent',
};

/** Throws when the value is not what the schema says. */
export function conform(pointer: string, value: unknown): void {
  const validate = validator(pointer);
  if (!validate(value)) throw new Error(`${pointer}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

export function conformRequest(frame: { readonly method: string; readonly params?: unknown }): void {
  conform('#/definitions/RequestFrame', frame);
  const params = METHODS[frame.method]?.params;
  if (params) conform(params, frame.params ?? {});
}

/** `method` is what the response answers. */
export function conformResponse(
  method: string | undefined,
  frame: { readonly ok: boolean; readonly payload?: unknown; readonly error?: unknown },
): void {
  conform('#/definitions/ResponseFrame', frame);
  if (!frame.ok) {
    const { code, details } = frame.error as { code: string; details?: { code?: string } };
    if (!ERROR_CODES.has(code)) throw new Error(`not an error code of the protocol: ${code}`);
    if (details?.code === 'MISSING_SCOPE') conform('#/definitions/MissingScopeErrorDetails', details);
    return;
  }
  const result = method === undefined ? undefined : METHODS[method]?.result;
  if (result) conform(result, frame.payload);
  if (method === 'sessions.list')
    for (const row of (frame.payload as { sessions: unknown[] }).sessions) conform('#/definitions/SessionRow', row);
  if (method === 'chat.history' && 'kind' in (frame.payload as object)) conform('#/definitions/ChatHistoryCursorResult', frame.payload);
}

export function conformEvent(frame: { readonly event: string; readonly payload?: unknown }): void {
  conform('#/definitions/EventFrame', frame);
  const payload = EVENTS[frame.event];
  if (payload) conform(payload, frame.payload);
}

const compiled = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  const known = compiled.get(pointer);
  if (known) return known;
  const fresh = ajv.compile({ $ref: `${ID}${pointer}` });
  compiled.set(pointer, fresh);
  return fresh;
}
