import type { Config } from '../../config/index.ts';
import { definitionOf } from './definitions.ts';

type Collect = Config['gateway']['monitoring']['metrics']['collect'];

/** Which families the configuration wants: each belongs to one switch at most. */
export function wantedMetrics(collect: Collect): (name: string) => boolean {
  const off = new Set(
    Object.entries(collect).flatMap(([area, switches]) =>
      Object.entries(switches).flatMap(([name, on]) => (on ? [] : [`${area}.${name}`])),
    ),
  );
  return (name) => {
    const group = definitionOf(name)?.collect;
    return group === undefined || !off.has(group);
  };
}
