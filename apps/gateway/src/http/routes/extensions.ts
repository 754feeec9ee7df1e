/** What third parties add: listed, installed and removed. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse, text } from '../validate.ts';

const addBody = z.object(
  { source: text(4096, 'the absolute path of a folder or a tarball, or a name such as name@1.2.3') },
  { error: 'an object' },
);
const removeBody = z.object({ name: text(128, 'the name of an extension') }, { error: 'an object' });

export function extensionRoutes(app: FastifyInstance, { extensions }: Parts): void {
  app.get('/api/extensions', async () => ({ extensions: extensions.list() }));
  app.post('/api/extensions/add', async (request) => extensions.add(parse(addBody, request.body).source, callerOf(request).actor));
  app.post('/api/extensions/remove', async (request) => {
    const { name } = parse(removeBody, request.body);
    await extensions.remove(name, callerOf(request).actor);
    return { name };
  });
}
