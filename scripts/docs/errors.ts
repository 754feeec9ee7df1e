import { ERRORS } from '@openclaw-gateway/events';
import { code, generated, table } from './markdown.ts';

/** docs/errors.md: every code a caller can meet, with its status and the way out. */
export function errorsPage(): string {
  const introduction = [
    'Every error of the HTTP API, the WebSocket, tRPC and the command line has one of these codes. Over HTTP the body is',
    '`{"error": {"code", "message", "retryable", "remedy", "details"}}`. *Again* says whether the same request may succeed later.',
  ].join('\n');
  const rows = Object.entries(ERRORS).map(([name, spec]) => [
    code(name),
    String(spec.status),
    spec.retryable ? 'yes' : 'no',
    spec.title,
    spec.remedy,
  ]);
  return `${generated('Errors', introduction, '`packages/events/src/errors.ts`')}\n${table(['Code', 'Status', 'Again', 'What happened', 'What to do'], rows)}\n`;
}
