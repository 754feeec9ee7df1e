'use client';
import { ConfigPage } from '../../../features/config/config-page.tsx';
import { config } from '../../../i18n/en/config.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ config }, ConfigPage);
