/** The log of the process as a file. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { LOG_LEVELS } from '../../operations/log-line.ts';
import { readAll } from '../../operations/log-reader.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import type { Parts } from '../../parts.ts';
import { defined, parse, queryNumber } from '../validate.ts';

const range = z.object({
  since: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  until: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  level: z.enum(LOG_LEVELS, { error: LOG_LEVELS.join(', ') }).optional(),
  q: z.string({ error: 'a text' }).max(500, { error: 'a text of at most 500 characters' }).optional(),
});

export function logFileRoutes(app: FastifyInstance, parts: Parts): void {
  /** All lines of a range, oldest first, as they stand in the files. */
  app.get('/api/logs', async (request, reply) => {
    const { since, until, level, q } = parse(range, request.query);
    const filter = defined({ sinceMs: since, untilMs: until, minLevel: level && (LOG_LEVELS.indexOf(level) + 2) * 10, grep: q });
    const path = logFilePath(parts.config.current().config, parts.stateDir);
    const lines = async function* () {
      for await (const line of readAll(path, filter)) yield `${line}\n`;
    };
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="openclaw-gateway-log.jsonl"')
      .send(Readable.from(lines()));
  });
}
