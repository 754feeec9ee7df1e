'use client';
import { ReplayPage } from '../../../features/replay/replay-page.tsx';
import { replay } from '../../../i18n/en/replay.ts';
import { route } from '../../../i18n/en/route.ts';
import { timeTravel } from '../../../i18n/en/time-travel.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ replay, route, timeTravel }, ReplayPage);
