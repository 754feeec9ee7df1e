import type { Catalog } from '../en/index.ts';
import { access } from './access.ts';
import { agents } from './agents.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { channels } from './channels.ts';
import { columns } from './columns.ts';
import { common } from './common.ts';
import { config } from './config.ts';
import { console } from './console.ts';
import { design } from './design.ts';
import { event } from './event.ts';
import { events } from './events.ts';
import { exports } from './exports.ts';
import { frame } from './frame.ts';
import { json } from './json.ts';
import { logs } from './logs.ts';
import { metrics } from './metrics.ts';
import { overview } from './overview.ts';
import { palette } from './palette.ts';
import { replay } from './replay.ts';
import { route } from './route.ts';
import { routing } from './routing.ts';
import { sessions } from './sessions.ts';
import { shortcuts } from './shortcuts.ts';
import { signIn } from './sign-in.ts';
import { status } from './status.ts';
import { timeRange } from './time-range.ts';
import { timeTravel } from './time-travel.ts';
import { turn } from './turn.ts';
import { ui } from './ui.ts';
import { views } from './views.ts';

export const zhCn: Catalog = {
  language: '简体中文',
  product: 'OpenClaw 网关',
  severity: { debug: '调试', info: '信息', warn: '警告', error: '错误' },
  time: { ago: (span) => `${span}前`, now: '刚刚' },
  frame,
  shortcuts,
  common,
  signIn,
  overview,
  columns,
  events,
  views,
  event,
  json,
  sessions,
  status,
  timeRange,
  timeTravel,
  turn,
  replay,
  route,
  console,
  audit,
  exports,
  config,
  access,
  approvals,
  channels,
  routing,
  agents,
  ui,
  logs,
  metrics,
  palette,
  design,
};
