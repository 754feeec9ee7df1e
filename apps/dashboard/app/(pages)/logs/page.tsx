'use client';
import { LogsPage } from '../../../features/logs/logs-page.tsx';
import { columns } from '../../../i18n/en/columns.ts';
import { logs } from '../../../i18n/en/logs.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ columns, logs }, LogsPage);
