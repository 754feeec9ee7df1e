'use client';
import { MetricsPage } from '../../../features/metrics/metrics-page.tsx';
import { metrics } from '../../../i18n/en/metrics.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ metrics }, MetricsPage);
