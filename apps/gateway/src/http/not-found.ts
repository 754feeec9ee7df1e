import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError, sendOpenAiError } from './errors.ts';
import { sendMissingPage } from './pages.ts';

type KnownRoute = { readonly pattern: RegExp; readonly method: string };

/** Answers what no route takes: 405 where another method would do, 404 else, to browsers with the dashboard's own page. */
export function answerUnknown(app: FastifyInstance, isApi: (path: string) => boolean, dashboardDir: string | undefined): void {
  const known: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (url === '/*' || url === '/' || url === '*') return;
    for (const each of [method].flat()) known.push({ pattern: patternOf(url), method: each });
  });

  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    const [path = '/'] = request.url.split('?', 1);
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    const error = methods.size > 0 && !methods.has(request.method) ? new GatewayError('METHOD_NOT_ALLOWED') : new GatewayError('NOT_FOUND');
    if (error.code === 'METHOD_NOT_ALLOWED') reply.header('allow', [...methods].sort().join(', '));
    if (path.startsWith('/v1/')) return sendOpenAiError(error, request, reply);
    const isBrowser = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
    if (error.code !== 'NOT_FOUND' || isApi(path) || !isBrowser) return sendError(error, request, reply);
    return await sendMissingPage(request, reply, dashboardDir);
  });
}

function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[A-Za-z]+/g, '[^/]+').replace(/\*/g, '.*')}$`);
}
