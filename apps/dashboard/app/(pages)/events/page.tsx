'use client';
import { EventsPage } from '../../../features/events/events-page.tsx';
import { events } from '../../../i18n/en/events.ts';
import { logs } from '../../../i18n/en/logs.ts';
import { overview } from '../../../i18n/en/overview.ts';
import { views } from '../../../i18n/en/views.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ events, logs, overview, views }, EventsPage);
