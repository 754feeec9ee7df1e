'use client';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import { overview } from '../i18n/en/overview.ts';
import { withText } from '../i18n/index.tsx';

export default withText({ overview }, OverviewPage);
