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
