import type { Config } from '../config/index.ts';
import { type Egress, type EgressFetch, egress } from '../operations/egress/index.ts';
import type { Browsers } from './browser/browsers.ts';
import { openWorkspace, type Workspace } from './workspace/index.ts';

/** What the gateway gives its own tools. */
export type ToolHost = {
  readonly settings: () => Config['tools'];
  /** The folder of an agent, made when it is first asked for. */
  readonly workspace: (agentId: string) => Promise<Workspace>;
  /** The way to what models name: the internet, and what `gateway.security.networkIsolation.allowedOutbound` adds to it. */
  readonly get: EgressFetch;
  readonly browsers: Pick<Browsers, 'act'>;
};

export type ToolHostOptions = {
  readonly settings: () => Config['tools'];
  /** Where agents have their folders unless `tools.workspaces` says otherwise. */
  readonly workspacesDir: string;
  readonly browsers: Pick<Browsers, 'act'>;
  readonly out?: Egress;
};

export function createToolHost({ settings, workspacesDir, browsers, out = egress }: ToolHostOptions): ToolHost {
  return {
    settings,
    browsers,
    get: (url, request) => out.to().fetch(url, request),
    // The folder is named by the agent; names of agents hold no slash, and one that is only dots begins with none.
    workspace: (agentId) => openWorkspace(`${settings().workspaces ?? workspacesDir}/${agentId}`),
  };
}
