/** Every sentence of the dashboard in English, a file per page. The other catalogs have this one's type, so none can lack a sentence. */

import { access } from './access.ts';
import { agents } from './agents.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { channels } from './channels.ts';
import { columns } from './columns.ts';
import { config } from './config.ts';
import { console } from './console.ts';
import { core } from './core.ts';
import { design } from './design.ts';
import { event } from './event.ts';
import { events } from './events.ts';
import { exports } from './exports.ts';
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
import { timeTravel } from './time-travel.ts';
import { turn } from './turn.ts';
import { views } from './views.ts';

export const en = {
  ...core,
  signIn,
  overview,
  columns,
  events,
  views,
  event,
  sessions,
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
  logs,
  metrics,
  design,
  palette,
  shortcuts,
};

type Sentences<T> = {
  [K in keyof T]: T[K] extends string ? string : T[K] extends (...args: infer A) => string ? (...args: A) => string : Sentences<T[K]>;
};

/** What a catalog holds: sentences, and functions of what a sentence mentions. */
export type Catalog = Sentences<typeof en>;
