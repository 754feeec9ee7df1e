import { createHmac } from 'node:crypto';
import { MemoryLog } from '@openclaw-gateway/db';
import { fold, Pairing, PairingRequested, type PairingState, pairingKey } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CODE_LIFE_MS, decideAsked } from './decide.ts';
import { createPairing, PAIRING_STREAM } from './index.ts';

const actor = { type: 'user', id: 'usr_test' } as const;
const pseudonym = (value: string) => createHmac('sha256', 'key').update(value).digest();
const eve = { channel: 'telegram', account: 'default', sender: { id: '777', name: 'Eve' } };
const asking = { ...eve, peer: { kind: 'direct', id: '777' }, messageId: 'msg_1' } as const;

async function world() {
  const log = new MemoryLog();
  const clock = { now: Date.now() };
  const make = async () => {
    const pairing = createPairing({ store: { log, pseudonym } as never, now: () => clock.now });
    await pairing.load();
    return pairing;
  };
  const pairing = await make();
  const ask = async (who: typeof asking = asking, to = pairing) => {
    const { events, answer, done } = to.asked(who, clock.now);
    const result = events.length > 0 ? await log.append({ events }) : undefined;
    done(result?.ok ? result.events : undefined);
    return answer;
  };
  return { log, clock, pairing, make, ask };
}
const codeIn = (answer: string | undefined) => /[A-Z0-9]{4}-[A-Z0-9]{4}/.exec(answer ?? '')?.[0] ?? '';
const typesOf = async (log: MemoryLog) => (await log.readAll({ after: 0, limit: 100 })).map(({ type }) => type);

test('A2 somebody unknown is told a code once, and it lets them in once, also after a restart', async () => {
  const { log, pairing, make, ask } = await world();
  const code = codeIn(await ask());
  expect(await ask()).toBeUndefined();
  expect(pairing.list().waiting).toMatchObject([{ code, sender: { id: '777', name: 'Eve' } }]);
  const restarted = await make();
  expect(restarted.list().waiting).toMatchObject([{ code }]);
  expect(restarted.isPaired(eve)).toBe(false);
  await restarted.approve(code.toLowerCase().replace('-', ' '), actor);
  expect(restarted.isPaired(eve)).toBe(true);
  await expect(restarted.approve(code, actor)).rejects.toMatchObject({ code: 'PAIRING_CODE_UNKNOWN' });
  expect((await make()).isPaired(eve)).toBe(true);
  expect(await typesOf(log)).toEqual(['pairing.requested', 'pairing.approved']);
  expect(JSON.stringify(await log.readAll({ after: 0, limit: 100 }))).not.toContain(code);
});

test('A2 one of two who approve the same code at the same time is too late', async () => {
  const { pairing, ask } = await world();
  const code = codeIn(await ask());
  const ended = await Promise.allSettled([pairing.approve(code, actor), pairing.approve(code, actor)]);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('A2 a code ends after an hour, and a new one is told', async () => {
  const { pairing, clock, ask } = await world();
  const code = codeIn(await ask());
  clock.now += CODE_LIFE_MS;
  await expect(pairing.approve(code, actor)).rejects.toMatchObject({ code: 'PAIRING_CODE_UNKNOWN' });
  expect(pairing.list().waiting).toEqual([]);
  const second = codeIn(await ask());
  expect(second).not.toBe('');
  expect(second).not.toBe(code);
});

test('A2 who was rejected is told nothing for a day, and who was revoked is asked for a code again', async () => {
  const { pairing, clock, ask } = await world();
  await pairing.reject(codeIn(await ask()), actor);
  clock.now += 23 * 3_600_000;
  expect(await ask()).toBeUndefined();
  clock.now += 3_700_000;
  await pairing.approve(codeIn(await ask()), actor);
  await pairing.revoke(eve, actor);
  expect(pairing.isPaired(eve)).toBe(false);
  await expect(pairing.revoke(eve, actor)).rejects.toMatchObject({ code: 'PAIRING_SENDER_UNKNOWN' });
  expect(codeIn(await ask())).not.toBe('');
});

test('A2 after ten wrong codes none is taken for a while, not even a right one', async () => {
  const { pairing, clock, ask } = await world();
  const code = codeIn(await ask());
  for (let index = 0; index < 10; index++) {
    await expect(pairing.approve(`AAAA-000${index}`, actor)).rejects.toMatchObject({ code: 'PAIRING_CODE_UNKNOWN' });
  }
  await expect(pairing.approve(code, actor)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  clock.now += 10 * 60_000;
  await pairing.approve(code, actor);
});

test('A2 a commit that failed leaves nothing behind: the next message asks anew', async () => {
  const { pairing, clock, ask } = await world();
  const first = pairing.asked(asking, clock.now);
  expect(pairing.asked(asking, clock.now).answer).toBeUndefined();
  first.done();
  expect(codeIn(await ask())).not.toBe('');
});

test('A2 however many strangers write, an account answers five in a minute and keeps fifty waiting', () => {
  const minute = fc.record({ sender: fc.integer({ min: 0, max: 500 }), afterMs: fc.integer({ min: 0, max: 30_000 }) });
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 300 }), (messages) => {
      let state: PairingState = Pairing.initial();
      let now = 1_700_000_000_000;
      const told: number[] = [];
      for (const { sender, afterMs } of messages) {
        now += afterMs;
        const stranger = { channel: 'telegram', account: 'default', sender: { id: String(sender) } };
        const asked = decideAsked(state, stranger, now);
        if (asked.kind === 'silent') continue;
        told.push(now);
        if (asked.kind === 'remind') asked.waiting.toldAt = now;
        else {
          const pairingId = `pair_${told.length}`;
          const event = PairingRequested.create({
            pairingId,
            ...stranger,
            peer: { kind: 'direct', id: '1' },
            expiresAt: now + CODE_LIFE_MS,
          });
          state = Pairing.evolve(state, { ...event, time: now, version: 1, position: 1, streamId: PAIRING_STREAM, metadata: {} } as never);
        }
        expect(told.filter((at) => at > now - 60_000).length).toBeLessThanOrEqual(5);
        expect(state.waiting.size).toBeLessThanOrEqual(50);
        expect(new Set([...state.waiting.values()].map(pairingKey)).size).toBe(state.waiting.size);
      }
    }),
  );
});

test('A2 the fold of the stream is the state that the process had', async () => {
  const { log, pairing, ask } = await world();
  await pairing.approve(codeIn(await ask()), actor);
  await ask({ ...asking, sender: { id: '778', name: 'Mal' } });
  const folded = fold(Pairing, await log.readStream(PAIRING_STREAM, { limit: 100 }));
  expect([...folded.paired.values()].toReversed()).toEqual(pairing.list().paired);
  expect([...folded.waiting.keys()]).toEqual(pairing.list().waiting.map(({ pairingId }) => pairingId));
});
