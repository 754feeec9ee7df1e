'use client';
import { RoutingPage } from '../../../features/routing/routing-page.tsx';
import { route } from '../../../i18n/en/route.ts';
import { routing } from '../../../i18n/en/routing.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ route, routing }, RoutingPage);
