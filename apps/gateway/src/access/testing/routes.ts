/** The routes of a running application, read from its router itself. */
import type { FastifyInstance } from 'fastify';

export type Route = { readonly method: string; readonly url: string; readonly isSocket: boolean };

/** Everything the router would answer, whoever registered it. */
export function routesOf(app: FastifyInstance): Route[] {
  const parents: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const found = /^(?<indent>[│ ]*(?:[├└]── )?)(?<text>\S+) \((?<methods>[A-Z, ]+)\)(?<constraint>.*)$/.exec(line)?.groups;
      if (!found) return [];
      const depth = Math.max(0, (found['indent']?.length ?? 0) / 4 - 1);
      // The tree joins what begins alike, also in the middle of a word; before a star it leaves out the slash.
      const url = `${parents.slice(0, depth).join('')}${found['text']}`.replace(/(?<=[^/])\*$/, '/*');
      parents.length = depth;
      parents[depth] = found['text'] ?? '';
      const isSocket = found['constraint']?.includes('websocket') ?? false;
      return (found['methods'] ?? '').split(', ').map((method) => ({ method, url, isSocket }));
    });
}
