'use client';
import { AgentsPage } from '../../../features/agents/agents-page.tsx';
import { agents } from '../../../i18n/en/agents.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ agents }, AgentsPage);
