'use client';
import { AccessPage } from '../../../features/access/access-page.tsx';
import { access } from '../../../i18n/en/access.ts';
import { approvals } from '../../../i18n/en/approvals.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ access, approvals }, AccessPage);
