import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk } from '@openclaw-gateway/sdk';
import { describe, expect, test } from 'vitest';
import type { Change, SessionReport } from './job.ts';
import { calls, createRecorder, KNOWN_TOOLS, says } from './recording-fixture.ts';
import { replaySession } from './session.ts';

const recorded = async (turns: number) => {
  const recorder = await createRecorder(() => says('as always'));
  for (let turn = 1; turn <= turns; turn++) await recorder.say(`question ${turn}`);
  return recorder.recording();
};

describe('B16 a session replayed several times with a live model', () => {
  test('B16 shows how many answers there were for each message, and tells of each whole run before the next', async () => {
    let asked = 0;
    const interim: SessionReport[] = [];
    const live = (): AsyncIterable<ModelChunk> => says(`answer ${Math.floor(asked++ / 2) % 2}`);
    const job = { kind: 'session', recording: await recorded(2), tools: KNOWN_TOOLS, live: true, runs: 3, detailed: true } as const;
    const report = await replaySession(job, live, { onInterim: (soFar) => interim.push(soFar) });
    expect(report.runs).toEqual({ wanted: 3, completed: 3, tokens: { min: 16, median: 16, max: 16 } });
    expect(report.turns?.map(({ spread }) => [spread?.distinctAnswers, spread?.answers])).toEqual(
      [1, 2].map(() => [
        2,
        [
          { text: 'answer 0', runs: [1, 3] },
          { text: 'answer 1', runs: [2] },
        ],
      ]),
    );
    expect(interim.map(({ runs }) => runs?.completed)).toEqual([1, 2]);
  });

  test('B16 stops before the message for which the budget is spent, and says where and why', async () => {
    let asked = 0;
    const live = async function* (): AsyncIterable<ModelChunk> {
      asked += 1;
      if (asked > 3) throw new GatewayError('BUDGET_SPENT', { message: 'Enough.' });
      yield* says('live');
    };
    const job = { kind: 'session', recording: await recorded(2), tools: KNOWN_TOOLS, live: true, runs: 5, detailed: true } as const;
    const { runs, turns, changed } = await replaySession(job, live);
    expect(runs).toMatchObject({ completed: 1, stopped: { run: 2, message: 2, of: 2, reason: 'Enough.' } });
    expect(turns?.map(({ spread, verdict }) => [spread?.runs, verdict])).toEqual([
      [2, 'text changed'],
      [1, 'text changed'],
    ]);
    expect(changed?.messages).toEqual({ identical: 0, different: 2, skipped: 0 });
    expect(asked).toBe(4);
  });
});

describe('B16 what tools give in a replay', () => {
  const record = async () => {
    let asked = 0;
    const recorder = await createRecorder(() => {
      asked += 1;
      return asked % 2 === 1 ? calls(`call_${asked}`, 'clock.now', { timezone: 'Asia/Shanghai' }) : says('It is noon.');
    });
    await recorder.say('what time is it?');
    await recorder.say('and now?');
    return recorder.recording();
  };
  const replay = async (change: Change, live?: () => AsyncIterable<ModelChunk>) => {
    const job = {
      kind: 'session',
      recording: await record(),
      tools: KNOWN_TOOLS,
      live: live !== undefined,
      detailed: true,
      change,
    } as const;
    return replaySession(job, live);
  };
  const typesOf = ({ turns = [] }: SessionReport) => turns[0]?.events.flatMap(({ replayed }) => replayed?.type ?? []);
  const resultsOf = ({ turns = [] }: SessionReport) =>
    turns.flatMap(({ events }) =>
      events.flatMap(({ replayed }) => (replayed?.type === 'tool.completed' ? [(replayed.data as { result: unknown }).result] : [])),
    );

  test('B16 a result that was written for it is what the model is told, and the baseline keeps the recorded one', async () => {
    const report = await replay({ toolAnswers: { 'clock.now': { kind: 'static', result: { time: '12:00' } } } });
    expect(report.baseline.faithful).toBe(true);
    expect(resultsOf(report)).toEqual([{ time: '12:00' }, { time: '12:00' }]);
    expect(report.changed?.messages.different).toBe(2);
  });

  test('B16 a tool that the replay denies is denied to the model and is stricter; "*" is every other tool', async () => {
    const report = await replay({ toolAnswers: { '*': { kind: 'deny' } } });
    expect(report.turns?.map(({ verdict }) => verdict)).toEqual(['stricter', 'stricter']);
    expect(typesOf(report)).toContain('tool.denied');
    const kept = await replay({ toolAnswers: { '*': { kind: 'deny' }, 'clock.now': { kind: 'history' } } });
    expect(kept.turns?.map(({ verdict }) => verdict)).toEqual(['identical', 'identical']);
  });

  test('B16 an answer for a tool that there is not is refused with those that there are', async () => {
    await expect(replay({ toolAnswers: { 'clock.then': { kind: 'deny' } } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('clock.now'),
    });
  });

  /** Asks for another call than the recorded ones, then answers. */
  const otherwise = (tool: string, args: unknown) => {
    let asked = 0;
    return () => {
      asked += 1;
      return asked % 2 === 1 ? calls(`live_${asked}`, tool, args) : says('done');
    };
  };

  test('B16 a call of the same tool with the same arguments takes the recorded result, whatever its id', async () => {
    const report = await replay({ model: 'other/two' }, otherwise('clock.now', { timezone: 'Asia/Shanghai' }));
    expect(report.changed?.misses).toBe(0);
    expect(resultsOf(report)).toHaveLength(2);
  });

  const twice = () => {
    let asked = 0;
    return () => {
      asked += 1;
      return asked % 3 === 0
        ? says('done')
        : calls(`live_${asked}`, 'clock.now', { timezone: asked % 3 === 1 ? 'Asia/Shanghai' : 'Europe/Rome' });
    };
  };

  test('B16 a call without a recorded result ends the run of its message, is named, and the next message goes on', async () => {
    let asked = 0;
    const live = () => {
      asked += 1;
      return asked === 3 ? says('done') : calls(`live_${asked}`, 'clock.now', { timezone: asked === 2 ? 'Europe/Rome' : 'Asia/Shanghai' });
    };
    const report = await replay({ model: 'other/two' }, live);
    expect(typesOf(report)).toContain('run.aborted');
    expect(report.turns?.[0]).toMatchObject({ verdict: 'new effect', missed: ['clock.now {"timezone":"Europe/Rome"}'] });
    expect(report.turns?.[1]).toMatchObject({ replayed: { reply: 'done' } });
  });

  test('B16 with on_miss deny the model gets an error instead, and goes on', async () => {
    const report = await replay({ model: 'other/two', onMiss: 'deny' }, twice());
    expect(typesOf(report)).toContain('tool.failed');
    expect(report.turns?.map(({ verdict, replayed }) => [verdict, replayed.reply])).toEqual([
      ['new effect', 'done'],
      ['new effect', 'done'],
    ]);
  });
});
