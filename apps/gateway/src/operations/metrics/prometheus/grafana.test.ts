import { expect, test } from 'vitest';
import { METRICS } from '../definitions.ts';
import { grafanaDashboard } from './grafana.ts';

type Panel = { id: number; gridPos: { x: number; y: number; w: number; h: number }; targets?: { expr: string; refId: string }[] };
const { panels } = grafanaDashboard() as unknown as { panels: readonly Panel[] };
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** What is neither a function nor a label: names of series. */
const seriesIn = (expr: string) => expr.replace(/\{[^}]*\}/g, '').match(/\b(?:openclaw|process|nodejs)_\w+/g) ?? [];

test('C2 Grafana is given only metrics that there are, each with a kind of series that it has', () => {
  const unknown = expressions.flatMap(seriesIn).filter((series) => {
    const name = series.replace(/_(bucket|sum|count)$/, '');
    return !(series in METRICS) && (METRICS as Record<string, { type: string }>)[name]?.type !== 'histogram';
  });
  expect(expressions.flatMap(seriesIn).length).toBeGreaterThanOrEqual(expressions.length);
  expect(unknown).toEqual([]);
});

test('C2 labels by which Grafana sums are labels of the metric', () => {
  for (const expr of expressions) {
    for (const [, by = '', name = ''] of expr.matchAll(/sum by \(([^)]*)\) \(rate\((\w+)/g)) {
      const family = (METRICS as Record<string, { labels: readonly string[] }>)[name.replace(/_bucket$/, '')];
      for (const label of by.split(', ').filter((each) => each !== 'le')) expect(family?.labels, expr).toContain(label);
    }
  }
});

test('C2 panels of the Grafana dashboard have ids of their own and do not overlap', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
