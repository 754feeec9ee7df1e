/** Who gets in, at the built product. */
import { expect, it } from 'vitest';
import { prepareGateway, startGateway } from './gateway-process.ts';

const OPEN = { gateway: { auth: { type: 'disabled' }, network: { host: '0.0.0.0' } } };

it('D gateway.auth.type disabled where other machines reach it keeps the gateway from starting, with exit code 78 and the way out', async () => {
  await using gateway = await prepareGateway({ config: OPEN });
  const { code, stderr } = await gateway.command(['gateway', 'run', '--port', '0']);
  expect(code).toBe(78);
  expect(stderr).toMatch(/gateway\.auth\.type\s+found\s+"disabled"/);
  expect(stderr).toContain('--dangerously-let-anyone-in');
});

it('D gateway.auth.type disabled where other machines reach it holds with an option that names the danger, and not for pages of other sites', async () => {
  await using gateway = await startGateway({ config: OPEN, args: ['--dangerously-let-anyone-in'] });
  expect((await fetch(`${gateway.url()}/api/status`)).status).toBe(200);
  const fromElsewhere = await fetch(`${gateway.url()}/api/shutdown`, { method: 'POST', headers: { origin: 'https://evil.example' } });
  expect(fromElsewhere.status).toBe(403);
  expect((await fetch(`${gateway.url()}/healthz`)).status).toBe(200);
});

it('D gateway.auth.acl.rules of the mission hold at the running gateway, and hot', async () => {
  const rules = [
    { path: '/api/*', allow: ['admin', 'user'], methods: ['GET', 'POST'] },
    { path: '/admin/*', allow: ['admin'] },
  ];
  await using gateway = await startGateway({ config: { gateway: { auth: { acl: { defaultPolicy: 'deny', rules } } } } });
  expect((await gateway.request('/api/status')).status).toBe(200);
  expect((await gateway.request('/trpc/frame.me')).status).toBe(200);
  expect((await gateway.request('/v1/models')).status).toBe(403);
  const change = { op: 'unset', path: 'gateway.auth.acl' };
  const patch = () =>
    gateway.request('/api/config', { method: 'PATCH', body: JSON.stringify(change), headers: { 'content-type': 'application/json' } });
  const refused = await patch();
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: 'FORBIDDEN', details: { rule: 'gateway.auth.acl.defaultPolicy' } } });
  const events = await gateway.json<{ rows: { data?: unknown; type: string }[] }>('/api/events?type=auth.forbidden');
  expect(events.rows.map(({ type }) => type)).toContain('auth.forbidden');
});
