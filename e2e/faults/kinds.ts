/** The calls that matter to a log: those that write, and those that make safe what was written. */
import type { Injection } from './strace.ts';

const SYNC = ['fsync', 'fdatasync'];
const WRITE = ['pwrite64'];

export const KINDS: Readonly<Record<string, (nth: number) => Injection>> = {
  sync: (nth) => ({ syscalls: SYNC, error: 'EIO', nth }),
  write: (nth) => ({ syscalls: WRITE, error: 'EIO', nth }),
  full: (nth) => ({ syscalls: WRITE, error: 'ENOSPC', nth }),
};
