/** Our errors in the protocol's words. The protocol has few codes; the registry's own code travels in the details. */
import type { ErrorCode, GatewayError } from '@openclaw-gateway/events';

type ProtocolCode = 'NOT_PAIRED' | 'AGENT_TIMEOUT' | 'AGENT_RESULT_NOT_FOUND' | 'INVALID_REQUEST' | 'FORBIDDEN' | 'UNAVAILABLE';

export type ErrorShape = {
  readonly code: ProtocolCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
};

const BY_CODE: Partial<Record<ErrorCode, ProtocolCode>> = {
  RUN_NOT_FOUND: 'AGENT_RESULT_NOT_FOUND',
  MODEL_TIMEOUT: 'AGENT_TIMEOUT',
  DEADLINE_EXCEEDED: 'AGENT_TIMEOUT',
};

/** A `GatewayError` as the `error` of a response. */
export function toErrorShape(error: GatewayError): ErrorShape {
  const { retryAfterMs, ...details } = error.details ?? {};
  return {
    code: BY_CODE[error.code] ?? codeForStatus(error.status),
    message: error.message,
    details: { ...details, code: error.code, remedy: error.remedy },
    ...(error.retryable ? { retryable: true } : {}),
    ...(error.retryable && isMilliseconds(retryAfterMs) ? { retryAfterMs } : {}),
  };
}

/** The answer to a method whose scope the client did not ask for. Its details are a closed object of the protocol. */
export function missingScope(scope: string): ErrorShape {
  return {
    code: 'FORBIDDEN',
    message: `missing scope: ${scope}`,
    details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
  };
}

function codeForStatus(status: number): ProtocolCode {
  if (status === 401 || status === 403) return 'FORBIDDEN';
  return status >= 500 || status === 429 ? 'UNAVAILABLE' : 'INVALID_REQUEST';
}

function isMilliseconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
