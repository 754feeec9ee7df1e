'use client';
import { AuditPage } from '../../../features/audit/audit-page.tsx';
import { audit } from '../../../i18n/en/audit.ts';
import { events } from '../../../i18n/en/events.ts';
import { logs } from '../../../i18n/en/logs.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ audit, events, logs }, AuditPage);
