'use client';
import { ExportsPage } from '../../../features/exports/exports-page.tsx';
import { audit } from '../../../i18n/en/audit.ts';
import { exports } from '../../../i18n/en/exports.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ audit, exports }, ExportsPage);
