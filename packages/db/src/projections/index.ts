/** Every projection of the product, by the file it lies in. To add one: a file beside this one and a line here. */
import { AttachmentsProjection } from './attachments.ts';
import type { ProjectionDefinition } from './define.ts';
import { ExplorerProjection } from './explorer.ts';
import { MessagesProjection } from './messages.ts';
import { SearchProjection } from './search.ts';
import { SessionsProjection } from './sessions.ts';
import { UsageProjection } from './usage.ts';

export const PROJECTIONS_BY_FILE: Readonly<Record<'views' | 'words', readonly ProjectionDefinition[]>> = {
  views: [ExplorerProjection, SessionsProjection, MessagesProjection, AttachmentsProjection, UsageProjection],
  words: [SearchProjection],
};

export const PROJECTIONS: readonly ProjectionDefinition[] = Object.values(PROJECTIONS_BY_FILE).flat();
