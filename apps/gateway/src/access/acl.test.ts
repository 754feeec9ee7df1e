import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { judgeByAcl, procedurePaths, routePath, SOCKET_PATHS } from './acl.ts';
import { ROLE_NAMES, type Role } from './roles.ts';

const acl = (settings: object) => configSchema.parse({ gateway: { auth: { acl: settings } } }).gateway.auth.acl;
const may = (settings: object, method: string, paths: string | readonly string[], role: Role) =>
  judgeByAcl(acl(settings), { method, paths: [paths].flat() }, [role]).allowed;

const REFERENCE = {
  defaultPolicy: 'deny',
  rules: [
    { path: '/api/*', allow: ['admin', 'user'], methods: ['GET', 'POST'] },
    { path: '/admin/*', allow: ['admin'] },
  ],
};

describe('D gateway.auth.acl of the mission', () => {
  it.each([
    ['GET', '/api/status', 'user', true],
    ['HEAD', '/api/status', 'user', true],
    ['POST', '/api/messages', 'viewer', true],
    ['PATCH', '/api/config', 'admin', false],
    ['DELETE', '/api/exports/1', 'user', false],
    ['GET', '/admin/anything', 'admin', true],
    ['GET', '/admin/anything', 'user', false],
    ['GET', '/v1/models', 'admin', false],
    ['GET', '/apiary', 'admin', false],
  ] as const)('%s %s as %s: %s', (method, path, role, allowed) => {
    expect(may(REFERENCE, method, path, role)).toBe(allowed);
  });

  it('lets the dashboard and WebSocket clients in by the rule for the API, because they are a part of it', () => {
    expect(may(REFERENCE, 'GET', procedurePaths('events.list'), 'viewer')).toBe(true);
    expect(may(REFERENCE, 'GET', SOCKET_PATHS, 'user')).toBe(true);
  });
});

test('D gateway.auth.acl.rules lets everyone who is signed in through by default: what a role may do is decided elsewhere', () => {
  for (const role of ROLE_NAMES) {
    for (const path of ['/api/config', '/v1/models', '/trpc/events.list', '/ws', '/metrics'])
      expect(may({}, 'PATCH', path, role)).toBe(true);
  }
});

describe('the rules', () => {
  it('are asked in order, and the first that fits decides', () => {
    const rules = [
      { path: '/api/config', allow: ['operator'] },
      { path: '/api/*', allow: ['viewer'] },
    ];
    expect(may({ rules }, 'GET', '/api/config', 'viewer')).toBe(false);
    expect(may({ rules }, 'GET', '/api/config', 'operator')).toBe(true);
    expect(may({ rules: rules.toReversed() }, 'GET', '/api/config', 'viewer')).toBe(true);
    expect(judgeByAcl(acl({ rules }), { method: 'GET', paths: ['/api/config'] }, ['viewer']).rule).toBe('gateway.auth.acl.rules[0]');
  });

  it('D gateway.auth.acl.rules[].path: a star stands for the path itself and what is below it, and not for what only begins alike', () => {
    const rules = [{ path: '/api/*', allow: ['viewer'] }];
    expect(['/api', '/api/', '/api/x', '/api/x/y', '/API/X'].map((path) => may({ rules }, 'GET', path, 'viewer'))).toEqual(
      Array(5).fill(true),
    );
    expect(['/apis', '/', '/v1/api/x'].map((path) => may({ rules }, 'GET', path, 'viewer'))).toEqual(Array(3).fill(false));
    expect(may({ rules: [{ path: '/api*', allow: ['viewer'] }] }, 'GET', '/apis/x', 'viewer')).toBe(true);
    expect(may({ rules: [{ path: '/api/x/', allow: ['viewer'] }] }, 'GET', '/api/x', 'viewer')).toBe(true);
    expect(may({ rules: [{ path: '/api/x', allow: ['viewer'] }] }, 'GET', '/api/x/y', 'viewer')).toBe(false);
  });

  it('D gateway.auth.acl.rules[].methods: HEAD is what GET is', () => {
    const rules = [{ path: '/api/*', allow: ['admin'], methods: ['GET'] }];
    expect(may({ rules, defaultPolicy: 'allow' }, 'HEAD', '/api/x', 'viewer')).toBe(false);
    expect(may({ rules, defaultPolicy: 'allow' }, 'POST', '/api/x', 'viewer')).toBe(true);
  });

  it('D gateway.auth.acl.defaultPolicy is for what no rule fits', () => {
    expect(may({ rules: [], defaultPolicy: 'allow' }, 'GET', '/api/x', 'viewer')).toBe(true);
    expect(may({ rules: [], defaultPolicy: 'deny' }, 'GET', '/api/x', 'admin')).toBe(false);
  });

  it('D gateway.auth.acl.rules[].allow: an empty list lets nobody in, and user stands for everyone who is signed in', () => {
    expect(may({ rules: [{ path: '/*', allow: [] }] }, 'GET', '/api/x', 'admin')).toBe(false);
    expect(may({ rules: [{ path: '/*', allow: ['user'] }] }, 'GET', '/api/x', 'auditor')).toBe(true);
  });
});

describe('the path of a route', () => {
  it('keeps what a caller writes in one part, whatever it is', () => {
    expect(routePath('/api/sessions/:id', { id: '../../admin/x' })).toBe('/api/sessions/..%2F..%2Fadmin%2Fx');
    expect(routePath('/v1/models/*', { '*': '../../api/config' })).toBe('/v1/models/../../api/config');
    expect(routePath('/api/exports/:id/files/:name', { id: 'a/b', name: '..' })).toBe('/api/exports/a%2Fb/files/..');
  });

  it('never leaves the rule of its route by what a parameter holds', () => {
    const rules = [{ path: '/api/sessions/*', allow: ['admin'] }];
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (id) => {
          expect(may({ rules, defaultPolicy: 'allow' }, 'GET', routePath('/api/sessions/:id/fork', { id }), 'viewer')).toBe(false);
        },
      ),
    );
  });
});
