/** Two people and one call of high risk, over every door by which a person decides: command line, HTTP, dashboard and chat. */
import { expect, it } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startTelegram } from './stand-ins/telegram.ts';

type Waiting = { readonly code: string; readonly people?: number; readonly given?: { readonly actor: string } };
type Answer = { readonly status: number; readonly text: string };

const PASSWORD = 'three green kettles sing';

const waiting = (gateway: GatewayProcess): Promise<Waiting> =>
  until('a call that waits', async () => {
    const { code, stdout } = await gateway.command(['approvals', 'list', '--json']);
    return code === 0 ? (JSON.parse(stdout) as { approvals: readonly Waiting[] }).approvals[0] : undefined;
  });

async function answerOf(response: Promise<Response>): Promise<Answer> {
  const { status } = await response;
  return { status, text: await (await response).text() };
}

/** Says yes as a program with a token does. */
const byHttp = (gateway: GatewayProcess, token: string, code: string) =>
  answerOf(fetch(`${gateway.url()}/api/approvals/${code}/approve`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }));

/** Says yes as the dashboard does, signed in. */
async function byDashboard(gateway: GatewayProcess, name: string, code: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', origin: gateway.url() };
  const post = (path: string, body: object, cookie = '') =>
    fetch(gateway.url() + path, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(body) });
  const signedIn = await post('/api/sign-in/password', { user: name, password: PASSWORD });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return answerOf(post('/trpc/approvals.decide', { code, verdict: 'approve' }, cookie));
}

it('A5 ASVS 2.3.5 the second yes is of another person by every door, also after a crash, and a no denies', async () => {
  const model = await startOpenAi();
  const telegram = await startTelegram();
  try {
    const channels = { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open' } };
    const people = { ann: ['user:ann', 'telegram:7'] };
    const approvals = { secondPerson: 'high', approvers: ['telegram:7', 'telegram:8'], people };
    await using gateway = await startGateway({
      config: {
        models: { providers: { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
        agents: { defaults: { model: 'local/one', tools: ['exec.run'] } },
        tools: { allow: ['exec.run'], approvals },
        channels,
      },
    });
    for (const name of ['ann', 'bob']) {
      await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name, roles: ['admin'], password: PASSWORD }) });
    }
    const send = async (text: string) => {
      model.script({ toolCalls: [{ name: 'exec_run', arguments: { argv: ['true'] } }] }, { text: `${text} is over` });
      const body = JSON.stringify({ from: 'eva', text });
      return (await gateway.json<{ messageId: string }>('/api/messages', { method: 'POST', body })).messageId;
    };
    const replyTo = (messageId: string) =>
      until('the reply', async () => (await gateway.json<{ reply?: string }>(`/api/messages/${messageId}`)).reply);
    const told = (chatId: string, what: RegExp) =>
      telegram.until(() => telegram.sent.some((sent) => sent.chatId === chatId && what.test(sent.text)), 30_000);

    // The first yes in the dashboard; then the same person by a chat and by the dashboard again; then another by the command line.
    const first = await send('one');
    const { code } = await waiting(gateway);
    expect(await byDashboard(gateway, 'ann', code)).toMatchObject({ status: 200, text: expect.stringContaining('"outcome":"waits"') });
    await told('8', /^1 of 2 people said yes to exec\.run/);
    telegram.say({ text: `yes ${code}`, fromId: 7, chatId: 7 });
    await told('7', /APPROVAL_SAME_PERSON/);
    expect((await gateway.command(['approvals', 'list'])).stdout).toMatch(/ 1 of 2 /);
    await gateway.kill();
    await gateway.start();
    expect(await waiting(gateway)).toMatchObject({ code, people: 2, given: { actor: expect.stringMatching(/^usr_/) } });
    expect(await byDashboard(gateway, 'ann', code)).toMatchObject({ status: 409, text: expect.stringContaining('APPROVAL_SAME_PERSON') });
    expect((await gateway.command(['approvals', 'approve', code])).stdout).toBe('exec.run runs.\n');
    expect(await replyTo(first)).toBe('one is over');

    // The first yes by the command line; the same person by a token made with it; then another in the chat.
    const second = await send('two');
    const next = (await waiting(gateway)).code;
    expect((await gateway.command(['approvals', 'approve', next])).stdout).toContain('1 of 2');
    const again = await gateway.command(['approvals', 'approve', next]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('a second person') });
    const { token } = await gateway.json<{ token: string }>('/api/access/tokens', {
      method: 'POST',
      body: JSON.stringify({ name: 'ci', roles: ['approver'] }),
    });
    expect(await byHttp(gateway, token, next)).toMatchObject({ status: 409, text: expect.stringContaining('APPROVAL_SAME_PERSON') });
    telegram.say({ text: `yes ${next}`, fromId: 8, chatId: 8 });
    expect(await replyTo(second)).toBe('two is over');

    // One yes and one no.
    const third = await send('three');
    const last = (await waiting(gateway)).code;
    expect(await byDashboard(gateway, 'bob', last)).toMatchObject({ status: 200 });
    telegram.say({ text: `no ${last}`, fromId: 7, chatId: 7 });
    expect(await replyTo(third)).toBe('three is over');
    expect(model.requests.at(-1)?.body).toContain('TOOL_DENIED');
  } finally {
    await Promise.all([model.close(), telegram.close()]);
  }
});
