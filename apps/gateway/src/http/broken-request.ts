/** The answer on a connection whose bytes are not an HTTP request, or that takes too long over one. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import { MAX_HEADER_BYTES } from './server-limits.ts';

export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  // After a TLS handshake that failed there is nobody to answer.
  if (error.code === 'ECONNRESET' || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = errorOf(error.code);
  const body = JSON.stringify({ error: answer.toBody() });
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function errorOf(code: string | undefined): GatewayError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new GatewayError('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new GatewayError('HEADERS_TOO_LARGE', { details: { limitBytes: MAX_HEADER_BYTES } });
  return new GatewayError('BAD_REQUEST', { message: 'This is not a complete HTTP request.' });
}
