'use client';
import { EventsPage } from '../../../features/events/events-page.tsx';
import { columns } from '../../../i18n/en/columns.ts';
import { events } from '../../../i18n/en/events.ts';
import { logs } from '../../../i18n/en/logs.ts';
import { overview } from '../../../i18n/en/overview.ts';
import { views } from '../../../i18n/en/views.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ columns, events, logs, overview, views }, EventsPage);
