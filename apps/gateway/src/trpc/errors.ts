import { type ErrorBody, GatewayError } from '@openclaw-gateway/events';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';

type TrpcCode = TRPCError['code'];

const CODE_BY_STATUS: Readonly<Record<number, TrpcCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  499: 'CLIENT_CLOSED_REQUEST',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
};

/** A gateway error as tRPC's own, with the code that gives the same HTTP status. */
export function toTrpcError(error: GatewayError): TRPCError {
  return new TRPCError({ code: CODE_BY_STATUS[error.status] ?? 'INTERNAL_SERVER_ERROR', message: error.message, cause: error });
}

/** What the page is told about any failure of a call: our body, and nothing of what lies behind it. */
export function bodyOf(error: TRPCError): ErrorBody {
  if (error.cause instanceof GatewayError) return error.cause.toBody();
  if (error.code === 'BAD_REQUEST') return badRequest(error).toBody();
  if (error.code === 'NOT_FOUND') return new GatewayError('NOT_FOUND').toBody();
  if (error.code === 'METHOD_NOT_SUPPORTED') return new GatewayError('METHOD_NOT_ALLOWED').toBody();
  if (error.code === 'PAYLOAD_TOO_LARGE') return new GatewayError('BODY_TOO_LARGE').toBody();
  if (error.code === 'UNSUPPORTED_MEDIA_TYPE') return new GatewayError('UNSUPPORTED_MEDIA_TYPE').toBody();
  return new GatewayError('INTERNAL').toBody();
}

function badRequest(error: TRPCError): GatewayError {
  if (!(error.cause instanceof ZodError)) return new GatewayError('BAD_REQUEST');
  const fields = error.cause.issues.slice(0, 10).map((issue) => ({ path: issue.path.join('.'), expected: issue.message }));
  return new GatewayError('BAD_REQUEST', { details: { fields } });
}
