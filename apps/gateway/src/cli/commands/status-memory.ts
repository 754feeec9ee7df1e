import { formatSize } from '../../operations/health.ts';
import type { MemoryReport } from '../../operations/memory-report.ts';
import { paint, table } from '../output.ts';

const COLOURS = { normal: 'green', elevated: 'yellow', high: 'red', critical: 'red' } as const;

/** Where the memory is, the largest part first within each table. */
export function describeMemory(report: MemoryReport): string[] {
  const { usedBytes, limitBytes, limitFrom, percentage, state, components, pageCaches, holders } = report;
  const other = components.filter(({ name }) => name === 'other');
  const counted = components.filter(({ name }) => name !== 'other').toSorted((a, b) => b.bytes - a.bytes);
  return [
    `Memory: ${formatSize(usedBytes)} of ${formatSize(limitBytes)} (${percentage} %), ${paint(COLOURS[state], state)}. ${LIMIT[limitFrom]}`,
    ...(state === 'normal' ? [] : [paint('yellow', `${SHED[state]} See docs/limits.md.`)]),
    '',
    ...table(
      ['PART', 'SIZE', 'IN USE'],
      [
        ...counted.map(({ name, bytes, inUseBytes }) => [name, megabytes(bytes), inUseBytes === undefined ? '' : megabytes(inUseBytes)]),
        ...other.map(({ bytes }) => ['other: program, libraries, page caches of SQLite', megabytes(bytes), '']),
      ],
    ),
    '',
    ...table(
      ['PAGE CACHE OF SQLITE', 'AT MOST'],
      pageCaches.toSorted((a, b) => b.bytes - a.bytes).map(({ name, bytes }) => [`thread ${name}`, megabytes(bytes)]),
    ),
    '',
    ...table(
      ['HELD IN HEAPS AND BUFFERS', 'COUNT', 'SIZE'],
      holders.map(({ name, count, bytes }) => [name, String(count), bytes === undefined ? '' : megabytes(bytes)]),
    ),
  ];
}

const LIMIT = {
  'gateway.limits.memory': 'The limit is gateway.limits.memory.',
  'control group': 'The limit is that of the control group.',
  machine: 'The limit is 75 % of the machine; gateway.limits.memory sets another.',
} as const;

const SHED = {
  elevated: 'Large reads are refused until it is below 75 %.',
  high: 'Large reads and new messages are refused until it is below 80 %.',
  critical: 'Everything but health probes and this command line is refused until it is below 90 %.',
} as const;

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
