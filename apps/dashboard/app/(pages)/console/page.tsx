'use client';
import { ConsolePage } from '../../../features/console/console-page.tsx';
import { console } from '../../../i18n/en/console.ts';
import { event } from '../../../i18n/en/event.ts';
import { events } from '../../../i18n/en/events.ts';
import { logs } from '../../../i18n/en/logs.ts';
import { replay } from '../../../i18n/en/replay.ts';
import { route } from '../../../i18n/en/route.ts';
import { sessions } from '../../../i18n/en/sessions.ts';
import { turn } from '../../../i18n/en/turn.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ console, event, events, logs, replay, route, sessions, turn }, ConsolePage);
