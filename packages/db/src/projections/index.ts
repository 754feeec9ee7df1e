/** Every projection of the product. To add one: a file beside this one and a line here. */
import type { ProjectionDefinition } from './define.ts';
import { ExplorerProjection } from './explorer.ts';
import { MessagesProjection } from './messages.ts';
import { SearchProjection } from './search.ts';
import { SessionsProjection } from './sessions.ts';

export const PROJECTIONS: readonly ProjectionDefinition[] = [ExplorerProjection, SessionsProjection, MessagesProjection, SearchProjection];
