import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareGateway, startGateway, until } from './gateway-process.ts';

type Receipt = { messageId: string; status: string; reply: string; duplicate: boolean };
const say = (text: string, idempotencyKey?: string) => ({
  method: 'POST',
  body: JSON.stringify({ from: 'anna', text, ...(idempotencyKey ? { idempotencyKey } : {}) }),
});

describe('a gateway on an empty state directory', () => {
  it('B1 A9 answers the first message without any configuration or key', async () => {
    await using gateway = await startGateway();
    const answer = await gateway.json<Receipt>('/api/messages?wait=20s', say('hello'));
    expect(answer).toMatchObject({ status: 'delivered', reply: expect.stringContaining('hello') });
  });

  it('B5 makes a token that only its owner can read, and lets nobody in without it', async () => {
    await using gateway = await startGateway();
    expect((await stat(join(gateway.stateDir, 'gateway-token'))).mode & 0o777).toBe(0o600);
    expect((await gateway.request('/api/messages')).status).toBe(200);
    expect((await fetch(`${gateway.url()}/api/messages`)).status).toBe(401);
    expect((await gateway.request('/api/messages', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  });

  it('B2 B3 says that it runs, stops when asked, and then says that it does not', async () => {
    await using gateway = await startGateway();
    expect(await gateway.command(['gateway', 'status'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Runtime: running') });
    expect(await gateway.stop()).toBe(0);
    expect((await gateway.command(['gateway', 'status'])).stdout).toContain('Runtime: stopped');
  });

  it('leaves a state directory alone that another gateway owns', async () => {
    await using gateway = await startGateway();
    const second = await gateway.command(['gateway', 'run', '--port', '0']);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(/state directory|already/i);
    expect((await gateway.request('/readyz')).status).toBe(200);
  });
});

describe('a gateway that was killed', () => {
  it('A1 knows on its return what it acknowledged, and takes the same key once', async () => {
    await using gateway = await prepareGateway();
    await gateway.start();
    const first = await gateway.json<Receipt>('/api/messages', say('do not lose me', 'key-1'));
    await gateway.kill();
    await gateway.start();
    const again = await gateway.json<Receipt>('/api/messages', say('do not lose me', 'key-1'));
    expect(again).toMatchObject({ messageId: first.messageId, duplicate: true });
    const settled = await until('the message settles', async () => {
      const journey = await gateway.json<{ settled: boolean; status: string }>(`/api/messages/${first.messageId}`);
      return journey.settled ? journey : undefined;
    });
    expect(settled.status).toBe('delivered');
  });
});
