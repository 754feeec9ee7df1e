'use client';
import { ApprovalsPage } from '../../../features/approvals/approvals-page.tsx';
import { approvals } from '../../../i18n/en/approvals.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ approvals }, ApprovalsPage);
