import type { Recorded, Sample } from '@openclaw-gateway/db';
import { expect, test, vi } from 'vitest';
import { CHARTS, OBJECTIVES } from './charts.ts';
import { METRICS } from './definitions.ts';
import { Differences, keepHistory } from './history.ts';
import type { Family } from './registry.ts';
import { measureSystem } from './system.ts';

const hits = (value: number): Family => ({ name: 'hits_total', type: 'counter', samples: [{ name: 'hits_total', labels: {}, value }] });
const waits = (quick: number, all: number): Family => ({
  name: 'wait_seconds',
  type: 'histogram',
  samples: [
    { name: 'wait_seconds_bucket', labels: { le: '0.1', stage: 'run' }, value: quick },
    { name: 'wait_seconds_bucket', labels: { le: '+Inf', stage: 'run' }, value: all },
    { name: 'wait_seconds_sum', labels: { stage: 'run' }, value: 2.5 },
    { name: 'wait_seconds_count', labels: { stage: 'run' }, value: all },
  ],
});
const valuesOf = (figures: Sample['figures']) => figures.map(({ name, labels, value }) => [name, labels['le'] ?? '', value]);

test('C2 what was counted is kept as what was added, and twice when it could not be written', () => {
  const differences = new Differences();
  const first = differences.of([hits(3)]);
  expect(valuesOf(first.figures)).toEqual([['hits_total', '', 3]]);
  expect(valuesOf(differences.of([hits(5)]).figures)).toEqual([['hits_total', '', 5]]);
  first.written();
  expect(valuesOf(differences.of([hits(5)]).figures)).toEqual([['hits_total', '', 2]]);
  expect(valuesOf(differences.of([hits(3)]).figures)).toEqual([]);
});

test('C2 a bucket holds what lies between its two bounds', () => {
  const { figures } = new Differences().of([waits(2, 5)]);
  expect(figures.map(({ labels, value }) => [labels, value])).toEqual([
    [{ stage: 'run', gt: '0', le: '0.1' }, 2],
    [{ stage: 'run', gt: '0.1', le: '+Inf' }, 3],
  ]);
});

test('C2 the history says once that it cannot be written and once that it begins anew, and loses no count', async () => {
  const answers: (Recorded | Error)[] = [
    new Error('the disk is full'),
    new Error('the disk is full'),
    { leftOut: 0, begunAnew: 'missing' },
  ];
  const samples: Sample[] = [];
  const record = async (sample: Sample): Promise<Recorded> => {
    samples.push(sample);
    const answer = answers.shift() ?? { leftOut: 0 };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const logger = { info: vi.fn(), warn: vi.fn() };
  vi.useFakeTimers();
  try {
    const history = keepHistory({ measurements: { record }, wanted: () => () => true, logger });
    for (let count = 1; count <= 3; count++) {
      await vi.advanceTimersByTimeAsync(10_000);
      await vi.waitFor(() => expect(samples.length).toBe(count));
    }
    await history.close();
  } finally {
    vi.useRealTimers();
  }
  expect(logger.warn).toHaveBeenCalledTimes(1);
  expect(logger.info).toHaveBeenCalledTimes(1);
  expect(samples.length).toBe(4);
});

test('C2 processor, memory and heap of this process are measured', async () => {
  measureSystem('.');
  const samples: Sample[] = [];
  const record = async (sample: Sample): Promise<Recorded> => {
    samples.push(sample);
    return { leftOut: 0 };
  };
  await keepHistory({ measurements: { record }, wanted: () => () => true, logger: { info: vi.fn(), warn: vi.fn() } }).close();
  const figureOf = (name: string) => samples[0]?.figures.find((figure) => figure.name === name)?.value;
  expect(figureOf('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(figureOf('process_resident_memory_bytes')).toBeGreaterThan(0);
  expect(figureOf('nodejs_heap_size_used_bytes')).toBeGreaterThan(0);
  expect(samples[0]?.figures.map(({ name }) => name)).not.toContain('nodejs_heap_size_total_bytes');
});

test('C2 each objective with a time has a bound of its histogram, and each line of a chart a name', () => {
  for (const objective of Object.values(OBJECTIVES)) {
    if ('time' in objective) expect(METRICS[objective.time].buckets).toContain(objective.withinSeconds);
  }
  for (const { lines } of Object.values(CHARTS)) {
    for (const line of lines) {
      const isNamed = line.line !== '' || 'by' in line || METRICS[line.name].type === 'histogram';
      expect(isNamed, line.name).toBe(true);
    }
  }
});
