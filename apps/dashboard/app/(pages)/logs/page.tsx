'use client';
import { LogsPage } from '../../../features/logs/logs-page.tsx';
import { logs } from '../../../i18n/en/logs.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ logs }, LogsPage);
