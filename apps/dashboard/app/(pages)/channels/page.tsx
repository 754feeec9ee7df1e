'use client';
import { ChannelsPage } from '../../../features/channels/channels-page.tsx';
import { channels } from '../../../i18n/en/channels.ts';
import { withText } from '../../../i18n/index.tsx';

export default withText({ channels }, ChannelsPage);
