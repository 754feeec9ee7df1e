'use client';
import { SessionsPage } from '../../../features/session/sessions-page.tsx';
import { console } from '../../../i18n/en/console.ts';
import { route } from '../../../i18n/en/route.ts';
import { sessions } from '../../../i18n/en/sessions.ts';
import { timeTravel } from '../../../i18n/en/time-travel.ts';
import { turn } from '../../../i18n/en/turn.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ console, route, sessions, timeTravel, turn }, SessionsPage);
