/** The English sentences that every page needs, whichever is opened first. */
import { common } from './common.ts';
import { frame } from './frame.ts';
import { json } from './json.ts';
import { status } from './status.ts';
import { timeRange } from './time-range.ts';
import { ui } from './ui.ts';

export const core = {
  language: 'English',
  product: 'OpenClaw Gateway',
  severity: { debug: 'Debug', info: 'Info', warn: 'Warning', error: 'Error' },
  time: { ago: (span: string) => `${span} ago`, now: 'just now' },
  common,
  frame,
  json,
  status,
  timeRange,
  ui,
};
