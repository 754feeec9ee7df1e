import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, IMPORTANCES, importanceOf, namesOf, rowsOf } from './importance.ts';

const hasFailed = ({ severity }: { readonly severity: string }) => severity === 'error';
const event = (type: string, severity = 'info') => ({ type, severity });

describe('B15 sessions: importance of events', () => {
  it('what is collapsed and stands together is one row, what is hidden is counted', () => {
    const choices = ['auth.accepted:collapsed', 'route.decided:hidden'];
    const types = ['message.received', 'auth.accepted', 'route.decided', 'session.opened', 'run.started', 'tool.started'];
    const { rows, hidden } = rowsOf(
      types.map((type) => event(type)),
      choices,
      hasFailed,
    );
    expect(rows.map((row) => (row.kind === 'one' ? row.item.type : namesOf(row.items)))).toEqual([
      'message.received',
      'auth.accepted, session.opened',
      'run.started',
      'tool.started',
    ]);
    expect(hidden).toBe(1);
  });

  it('what failed is shown, whatever was chosen', () => {
    const { rows, hidden } = rowsOf([event('tool.failed', 'error'), event('tool.failed')], ['tool.failed:hidden'], hasFailed);
    expect([rows.length, hidden]).toEqual([1, 1]);
  });

  it('a choice that is the usual one is not kept, and one that no version knows counts for nothing', () => {
    expect(choose(['run.started:hidden'], 'run.started', 'normal')).toEqual([]);
    expect(choose([], 'tool.started', 'normal')).toEqual(['tool.started:normal']);
    expect(importanceOf(['run.started:loud'], 'run.started')).toBe('normal');
  });

  it('no event is lost: it is shown, folded or counted, and keeps its order', () => {
    const types = fc.constantFrom('run.started', 'tool.started', 'model.requested', 'delivery.requested', 'auth.accepted');
    const items = fc.array(fc.record({ type: types, severity: fc.constantFrom('info', 'error') }), { maxLength: 40 });
    const choice = fc.tuple(types, fc.constantFrom(...IMPORTANCES));
    fc.assert(
      fc.property(items, fc.array(choice, { maxLength: 8 }), (given, wishes) => {
        const choices = wishes.reduce<readonly string[]>((all, [type, importance]) => choose(all, type, importance), []);
        for (const [type, importance] of new Map(wishes)) expect(importanceOf(choices, type)).toBe(importance);
        const { rows, hidden } = rowsOf(given, choices, hasFailed);
        const shown = rows.flatMap((row) => (row.kind === 'one' ? [row.item] : row.items));
        expect(shown.length + hidden).toBe(given.length);
        expect(shown).toEqual(given.filter((item) => shown.includes(item)));
      }),
    );
  });
});
