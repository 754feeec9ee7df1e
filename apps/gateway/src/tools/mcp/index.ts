/** The tools that MCP servers bring: `mcp.<server>.<tool>`. */
import { isDeepStrictEqual } from 'node:util';
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import type { Logger } from '../../operations/logs.ts';
import { McpServer, type McpSettings } from './server.ts';

export type Mcp = {
  /** Connects to the servers of a configuration, and leaves those that it no longer has. */
  readonly apply: (servers: Readonly<Record<string, McpSettings>>) => Promise<void>;
  /** What is known of their tools now; another list whenever that changes. */
  readonly tools: () => readonly ToolDefinition[];
  readonly close: () => Promise<void>;
};

export function createMcp({
  folder,
  version,
  logger,
}: {
  readonly folder: string;
  readonly version: string;
  readonly logger: Logger;
}): Mcp {
  const running = new Map<string, { readonly settings: McpSettings; readonly server: McpServer }>();
  let tools: readonly ToolDefinition[] = [];
  const changed = () => {
    tools = [...running.values()].flatMap(({ server }) => server.tools);
  };
  const leave = async (name: string): Promise<void> => {
    const left = running.get(name);
    running.delete(name);
    await left?.server.close();
  };
  return {
    tools: () => tools,
    apply: async (servers) => {
      const gone = [...running].filter(([name, { settings }]) => !isDeepStrictEqual(servers[name], settings));
      await Promise.all(gone.map(([name]) => leave(name)));
      for (const [name, settings] of Object.entries(servers)) {
        if (running.has(name)) continue;
        const server = new McpServer(name, settings, { folder: `${folder}/${name}`, version, logger, changed });
        running.set(name, { settings, server });
        server.start();
      }
      changed();
    },
    close: async () => {
      await Promise.all([...running.keys()].map(leave));
    },
  };
}
