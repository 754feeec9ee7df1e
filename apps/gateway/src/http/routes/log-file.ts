/** The log of the process as a file. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { LOG_LEVELS } from '../../operations/log-line.ts';
import { readLogLines } from '../../operations/log-lines.ts';
import { LOG_COMPONENTS } from '../../operations/logs.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import type { Parts } from '../../parts.ts';
import { defined, parse, queryFlag, queryNumber } from '../validate.ts';

const range = z.object({
  since: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  until: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  level: z.enum(LOG_LEVELS, { error: LOG_LEVELS.join(', ') }).optional(),
  q: z.string({ error: 'a text' }).max(500, { error: 'a text of at most 500 characters' }).optional(),
  /** Whether `q` is a regular expression. */
  regex: queryFlag().optional(),
  component: z.enum(LOG_COMPONENTS, { error: LOG_COMPONENTS.join(', ') }).optional(),
});

export function logFileRoutes(app: FastifyInstance, parts: Parts): void {
  /** The lines of all entries that fit, oldest first, as they stand in the files. */
  app.get('/api/logs', async (request, reply) => {
    const { since, until, level, q, regex, component } = parse(range, request.query);
    const path = logFilePath(parts.config.current().config, parts.stateDir);
    const minLevel = level && (LOG_LEVELS.indexOf(level) + 2) * 10;
    const byText = q && (regex ? { regex: q } : { grep: q });
    const lines = readLogLines(path, { ...defined({ sinceMs: since, untilMs: until, minLevel, component }), ...byText });
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="openclaw-gateway-log.jsonl"')
      .send(Readable.from(lines));
  });
}
