import { GatewayStopped } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { configChange } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';

test('a type that is appended for the first time while its page is being read has its data', () => {
  using store = new InThreadStore();
  class AppendedMeanwhile extends Set<string> {
    override *[Symbol.iterator](): SetIterator<string> {
      yield* super[Symbol.iterator]();
      store.append(configChange('gateway.port'));
    }
  }
  const [event] = store.log.readLazily({ after: 0, upTo: 10, types: 'all', bodiesOf: new AppendedMeanwhile(['config.changed']) });
  expect(event).toMatchObject({ type: 'config.changed', erased: false, openData: { hash: 'c0ffee01' }, data: { hash: 'c0ffee01' } });
});

test('who asks again with the same sets gets what is of types that were not there before', () => {
  using store = new InThreadStore();
  const wanted = { types: new Set(['config.changed', 'gateway.stopped']), bodiesOf: new Set(['config.changed', 'gateway.stopped']) };
  const typesAfter = (after: number) => store.log.readLazily({ after, upTo: store.log.head(), ...wanted }).map(({ type }) => type);
  store.append(configChange('gateway.port'));
  expect(typesAfter(0)).toEqual(['config.changed']);
  store.append({ events: [{ streamId: 'gateway/a', event: GatewayStopped.create({ reason: 'test', uptimeMs: 1 }) }] });
  store.append(configChange('gateway.host'));
  expect(typesAfter(1)).toEqual(['gateway.stopped', 'config.changed']);
});
