import type { ErrorCode } from '@openclaw-gateway/events';
import { access } from './access.ts';
import { gateway } from './gateway.ts';
import { requests } from './requests.ts';
import { work } from './work.ts';

/** What happened and what to do, by code: the registry in Chinese. Loaded once the gateway has said something. */
export const errors: Readonly<Record<ErrorCode, { readonly title: string; readonly remedy: string }>> = {
  ...requests,
  ...access,
  ...gateway,
  ...work,
};
