import { GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { createRefusals } from './refusals.ts';

test('D gateway.logging.audit.events authorization: who asked for what it may not do, each refusal once and many together', async () => {
  const recorded: { readonly event: NewEvent; readonly metadata: object | undefined }[] = [];
  const refusals = createRefusals({
    record: async (_, event, metadata) => recorded.push({ event, metadata }),
    pseudonym: () => new Uint8Array(32),
    logger: { warn: (_, message) => expect.unreachable(message) },
  });
  const refuse = (error: GatewayError) =>
    refusals.add({
      door: 'http',
      caller: { method: 'session', actor: { type: 'user', id: 'usr_1' }, roles: ['viewer'] },
      target: 'PATCH /api/config',
      rule: 'config.write',
      error,
      client: { remoteAddress: '203.0.113.9' },
    });
  const first = new GatewayError('FORBIDDEN');
  refuse(first);
  refuse(first);
  for (let time = 0; time < 4; time++) refuse(new GatewayError('FORBIDDEN'));
  await refusals.close();
  const what = { target: 'PATCH /api/config', rule: 'config.write', roles: ['viewer'], problem: { code: 'FORBIDDEN' } };
  expect(recorded).toMatchObject([
    { event: { data: { ...what, times: 1, client: { address: '203.0.113.9' } } }, metadata: { actor: { id: 'usr_1' } } },
    { event: { data: { ...what, times: 4 } } },
  ]);
});
