import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asked, type Circuit, CLOSED, circuitState, failed } from './circuit.ts';

const rules = { failures: 3, openFor: 1000 };
const failing = (times: number, now = 0): Circuit => {
  let circuit: Circuit = CLOSED;
  for (let n = 0; n < times; n++) circuit = failed(circuit, rules, now);
  return circuit;
};

test('A7 a circuit opens after so many failures in a row, and not before', () => {
  expect(circuitState(failing(2), 0)).toBe('closed');
  expect(circuitState(failing(3), 0)).toBe('open');
  expect(circuitState(failing(3), 999)).toBe('open');
});

test('A7 what lasts, such as a wrong key, opens it at once', () => {
  expect(circuitState(failed(CLOSED, rules, 0, true), 0)).toBe('open');
});

test('A7 after its time one call tries it out; when that fails it stays open twice as long', () => {
  const open = failing(3);
  expect(circuitState(open, 1000)).toBe('trial');
  const trying = asked(open, 1000);
  expect(circuitState(trying, 1000)).toBe('open');
  const again = failed(trying, rules, 1100);
  expect([circuitState(again, 3099), circuitState(again, 3100)]).toEqual(['open', 'trial']);
});

test('A7 calls that were under way when it opened do not keep it open longer', () => {
  const late = failed(failing(3), rules, 500);
  expect(circuitState(late, 1000)).toBe('trial');
});

const step = fc.record({ kind: fc.constantFrom('ask', 'fail', 'succeed'), afterMs: fc.nat(3000) });

test('A7 whatever happens, an open circuit is tried again within ten minutes, and never by two calls at once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let [circuit, now, trials]: [Circuit, number, number] = [CLOSED, 0, 0];
      for (const { kind, afterMs } of steps) {
        now += afterMs;
        if (kind === 'succeed') [circuit, trials] = [CLOSED, 0];
        else if (kind === 'fail') [circuit, trials] = [failed(circuit, rules, now), 0];
        else {
          if (circuitState(circuit, now) === 'trial') trials += 1;
          circuit = asked(circuit, now);
        }
        expect(trials).toBeLessThanOrEqual(1);
        expect((circuit.openUntil ?? now) - now).toBeLessThanOrEqual(600_000);
      }
    }),
  );
});
