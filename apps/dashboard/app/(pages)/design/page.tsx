'use client';
import { DesignPage } from '../../../features/design/design-page.tsx';
import { design } from '../../../i18n/en/design.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ design }, DesignPage);
