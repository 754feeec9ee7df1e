import { GatewayError } from '@openclaw-gateway/events';

const NOTHING_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EGRESS_REFUSED',
]);

/**
 * A request that got no answer, as CHANNEL_UNAVAILABLE. Only the code of the failure is passed on: messages of networks contain
 * addresses. Without a connection nothing was sent; otherwise the request may have done its work.
 */
export function networkFailure(service: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const reported = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const code = typeof reported === 'string' ? reported : thrown instanceof Error ? thrown.name : typeof thrown;
  const message = `${service} cannot be reached (${code}).`;
  return new GatewayError('CHANNEL_UNAVAILABLE', { message, details: { cause: code, mayHaveArrived: !NOTHING_SENT.has(code) } });
}
