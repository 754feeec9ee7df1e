/** Enforces the table of permissions (access/permissions.ts) and the rules for paths: every route of this door is in the table, or it does not open. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { routePath } from '../access/acl.ts';
import { authorise, demand } from '../access/authorise.ts';
import type { Caller } from '../access/index.ts';
import { type Need, permissionIn, type Reach, ROUTES } from '../access/permissions.ts';
import { accessRequest } from '../access/request.ts';
import type { Permission } from '../access/roles.ts';
import type { Parts } from '../parts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose conversations the caller reaches here. Only on routes behind `requireCaller`. */
    reach: Reach | null;
  }
  interface FastifyContextConfig {
    need?: Need;
    /** The route as the table names it. */
    target?: string;
    asksWhoCalls?: true;
  }
}

/** Looks up every route that is registered after it. A route that is not listed, or needs a permission and asks nobody who he is, throws. */
export function requireListing(app: FastifyInstance, parts: Parts): void {
  const { config } = parts.config.current();
  const { auth, monitoring } = config.gateway;
  const callback = auth.oauth && new URL(auth.oauth.redirectUri).pathname;
  const places = { metrics: monitoring.metrics.endpoint, hooks: config.hooks.path, callback };
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    for (const { target, need } of [route.method].flat().map((method) => listed(method, route, places))) {
      if (need === undefined) throw new TypeError(`${target} is not in the table of permissions (access/permissions.ts)`);
      route.config = { ...route.config, need, target };
    }
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const open = routes.find(({ config }) => needsCaller(config?.need) && !config?.asksWhoCalls);
    if (open) throw new TypeError(`${open.config?.target} needs a permission but is not behind requireCaller`);
  });
}

/** Marks the routes registered after it as ones that ask who calls. */
export function markAsAsking(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, asksWhoCalls: true };
  });
}

/** Lets the caller through to the route, as far as the answer says. Records a refusal and throws `FORBIDDEN`. */
export function authoriseRoute(request: FastifyRequest, caller: Caller, parts: Parts): Reach {
  const { url = '', config } = request.routeOptions;
  const { need, target = '' } = config;
  if (need === undefined) throw new TypeError(`${url} is not in the table of permissions`);
  const acl = { method: request.method, paths: [routePath(url, request.params as Record<string, unknown>)] };
  return authorise(parts, { door: 'http', caller, need, target, client: accessRequest(request).socket, acl });
}

/** Throws `FORBIDDEN` unless the caller has what this call needs besides the permission of its route. */
export function demandOf(request: FastifyRequest, parts: Parts, permission: Permission): void {
  const { caller, routeOptions } = request;
  if (!caller) throw new TypeError(`${routeOptions.url} is not behind requireCaller`);
  demand(parts, { door: 'http', caller, target: routeOptions.config.target ?? '', client: accessRequest(request).socket }, permission);
}

type Places = { readonly metrics: string; readonly hooks: string; readonly callback: string | undefined };

function listed(method: string, { url, constraints }: RouteOptions, { metrics, hooks, callback }: Places) {
  const isSocket = (constraints as { upgrade?: string } | undefined)?.upgrade === 'websocket';
  const path = url === metrics ? '<metrics>' : url.startsWith(`${hooks}/`) ? `<hooks>${url.slice(hooks.length)}` : url;
  // What answers GET answers HEAD.
  const target = `${method === 'HEAD' ? 'GET' : method} ${path}${isSocket ? ' (websocket)' : ''}`;
  const need = ROUTES[target] ?? ROUTES[`* ${path}`];
  // What has a line of its own keeps it, whatever the configuration calls its callback.
  return need === undefined && url === callback
    ? { target: `${method} <callback>`, need: ROUTES[`${method} <callback>`] }
    : { target, need };
}

/** The metrics' own route asks those from elsewhere by itself. */
function needsCaller(need: Need | undefined): boolean {
  return (
    need === 'signed-in' || (need !== undefined && permissionIn(need) !== undefined && !(typeof need === 'object' && 'elsewhere' in need))
  );
}
