import { expect, test } from 'vitest';
import { AHEAD, familyOf, indexAt, labelledTurns, PIECE, piecesAround, stateIn, type Tick, turnStarts, valueAt } from './steps.ts';

const tick = (position: number, type = 'run.started'): Tick => ({ position, time: position, type, severity: 'info', summary: '' });

test('B15 the slider stands at the newest event that is not later than its position', () => {
  const ticks = [tick(3), tick(5), tick(9)];
  expect([null, 1, 3, 4, 5, 8, 9, 99].map((position) => indexAt(ticks, position))).toEqual([2, 0, 0, 0, 1, 1, 2, 2]);
});

test('B15 what lies twenty events ahead and behind is fetched before it is asked for', () => {
  expect(piecesAround(0, 200)).toEqual([0]);
  expect(piecesAround(PIECE - AHEAD, 200)).toEqual([0, PIECE]);
  expect(piecesAround(PIECE + AHEAD - 1, 200)).toEqual([PIECE, 0]);
  expect(piecesAround(PIECE - 1, PIECE)).toEqual([0]);
});

test('B15 the state at an event follows from the piece it is in, and the event says what it changed', () => {
  const piece = {
    state: { turns: 1 },
    steps: [
      { position: 12, patch: [{ op: 'replace', path: '/turns', value: 2 }] },
      { position: 15, patch: [{ op: 'add', path: '/closed', value: true }] },
    ],
  } as const;
  expect(stateIn(piece, 10)).toEqual({ state: { turns: 1 } });
  expect(stateIn(piece, 12)).toEqual({ state: { turns: 2 }, patch: piece.steps[0].patch });
  expect(stateIn(piece, 14)).toEqual({ state: { turns: 2 } });
  expect(stateIn(piece, 15)).toEqual({ state: { turns: 2, closed: true }, patch: piece.steps[1].patch });
});

test('a path of a patch names a value, keys with slashes too', () => {
  expect(valueAt({ open: { 'a/b': [1, { c: 2 }] } }, '/open/a~1b/1/c')).toBe(2);
  expect(valueAt({ open: null }, '/open/a')).toBeUndefined();
});

test('an event that went wrong is coloured as a problem, every other one by what it is of', () => {
  expect(familyOf({ type: 'tool.completed', severity: 'info' })).toBe('tool');
  expect(familyOf({ type: 'tool.failed', severity: 'error' })).toBe('problem');
  expect(familyOf({ type: 'session.opened', severity: 'info' })).toBe('other');
  expect(turnStarts([tick(1, 'message.received'), tick(2), tick(3, 'message.received')])).toEqual([0, 2]);
});

test('B15 the turns are labelled on the line as far as their labels have room', () => {
  expect(labelledTurns([0, 3, 10, 25, 95], 100)).toEqual([
    { turn: 1, start: 0 },
    { turn: 3, start: 10 },
    { turn: 4, start: 25 },
  ]);
  expect(labelledTurns([], 0)).toEqual([]);
});
