import { expect, test } from 'vitest';
import type { Family } from '../registry.ts';
import { figuresSince } from './datadog.ts';
import { lineProtocol } from './influxdb.ts';
import { groupUrl } from './pushgateway.ts';

const counter = (value: number): Family => ({
  name: 'hits_total',
  type: 'counter',
  samples: [{ name: 'hits_total', labels: { path: '/a b,c=d' }, value }],
});
const times = (count: number): Family => ({
  name: 'wait_seconds',
  type: 'histogram',
  samples: [
    { name: 'wait_seconds_bucket', labels: { le: '0.1', stage: 'run' }, value: 1 },
    { name: 'wait_seconds_bucket', labels: { le: '+Inf', stage: 'run' }, value: count },
    { name: 'wait_seconds_sum', labels: { stage: 'run' }, value: 2.5 },
    { name: 'wait_seconds_count', labels: { stage: 'run' }, value: count },
  ],
});
const gauge: Family = {
  name: 'up',
  type: 'gauge',
  samples: [
    { name: 'up', labels: {}, value: 1 },
    { name: 'up', labels: { broken: 'yes' }, value: Number.NaN },
  ],
};

test('line protocol: one line a series, tags sorted and escaped, a histogram in one line, no NaN', () => {
  expect(lineProtocol([counter(3), times(2), gauge], { gateway: 'gw_1' }, 1000).split('\n')).toEqual([
    'hits_total,gateway=gw_1,path=/a\\ b\\,c\\=d counter=3 1000',
    'wait_seconds,gateway=gw_1,stage=run 0.1=1,+Inf=2,sum=2.5,count=2 1000',
    'up,gateway=gw_1 gauge=1 1000',
    '',
  ]);
});

test('DogStatsD: counters and histograms as what was added, gauges as they are', () => {
  const first = figuresSince([counter(3), times(2), gauge], new Map());
  expect(first.figures).toEqual([
    { name: 'hits_total', kind: 'count', tags: ['path:/a b,c=d'], value: 3 },
    { name: 'wait_seconds.bucket', kind: 'count', tags: ['stage:run', 'upper_bound:0.1'], value: 1 },
    { name: 'wait_seconds.bucket', kind: 'count', tags: ['stage:run', 'upper_bound:+Inf'], value: 2 },
    { name: 'wait_seconds.sum', kind: 'count', tags: ['stage:run'], value: 2.5 },
    { name: 'wait_seconds.count', kind: 'count', tags: ['stage:run'], value: 2 },
    { name: 'up', kind: 'gauge', tags: [], value: 1 },
  ]);
  const second = figuresSince([counter(5), times(2)], first.totals);
  expect(second.figures).toEqual([{ name: 'hits_total', kind: 'count', tags: ['path:/a b,c=d'], value: 2 }]);
});

test.each([
  ['http://push:9091', 'http://push:9091/metrics/job/openclaw/instance/gw_1'],
  ['http://push:9091/', 'http://push:9091/metrics/job/openclaw/instance/gw_1'],
  ['http://push:9091/metrics', 'http://push:9091/metrics/job/openclaw/instance/gw_1'],
  ['https://host/push', 'https://host/push/metrics/job/openclaw/instance/gw_1'],
  ['http://push:9091/metrics/job/mine', 'http://push:9091/metrics/job/mine'],
])('a Pushgateway at %s is pushed to %s', (endpoint, url) => {
  expect(groupUrl(endpoint, 'gw_1')).toBe(url);
});
