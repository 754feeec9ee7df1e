'use client';
import { MetricsPage } from '../../../features/metrics/metrics-page.tsx';
import { metrics } from '../../../i18n/en/metrics.ts';
import { sessions } from '../../../i18n/en/sessions.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ metrics, sessions }, MetricsPage);
