import type { ChannelDefinition } from './channel.ts';
import type { ModelDefinition } from './model.ts';
import type { RouterDefinition } from './router.ts';
import type { ToolDefinition } from './tool.ts';

/** What a package adds to a gateway. */
export type ExtensionDefinition = {
  readonly channels?: readonly ChannelDefinition[];
  readonly models?: readonly ModelDefinition[];
  readonly tools?: readonly ToolDefinition[];
  readonly routers?: readonly RouterDefinition[];
};

/** What an extension is started with. */
export type ExtensionContext = {
  /** `extensions.<name>.config` of the gateway's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
};

export type ExtensionFactory = (context: ExtensionContext) => ExtensionDefinition | Promise<ExtensionDefinition>;

/** Declares an extension: the default export of its package. @example export default defineExtension(({ config }) => ({ tools: [deskTool(config)] })) */
export function defineExtension(extension: ExtensionDefinition | ExtensionFactory): ExtensionFactory {
  return typeof extension === 'function' ? extension : () => extension;
}
