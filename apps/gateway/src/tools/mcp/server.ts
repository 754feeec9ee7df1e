/** The connection to one MCP server: made, kept, made again, and asked. The SDK is loaded with the first one. */
import { mkdir } from 'node:fs/promises';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { Config } from '../../config/index.ts';
import { egress } from '../../operations/egress/index.ts';
import type { Logger } from '../../operations/logs.ts';
import { scrubbedEnvironment } from '../exec/program.ts';
import { resultOf, usableTools } from './describe.ts';
import { stdioTransport } from './stdio.ts';

export type McpSettings = Config['tools']['mcp'][string];
type Settings = McpSettings;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const MOST_PAGES = 10;
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
const ARGUMENTS = z.record(z.string(), z.unknown());

type Options = { readonly folder: string; readonly version: string; readonly logger: Logger; readonly changed: () => void };

export class McpServer {
  readonly #name: string;
  readonly #settings: Settings;
  readonly #options: Options;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  tools: readonly ToolDefinition[] = [];

  constructor(name: string, settings: Settings, options: Options) {
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  /** Connects, and goes on trying until it is closed. */
  start(): void {
    this.#connect().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client ?? (await this.#connecting?.catch(() => undefined));
    await client?.close();
  }

  #connect(): Promise<Client> {
    if (this.#closed) return Promise.reject(this.#unavailable('it is no longer configured'));
    if (this.#client) return Promise.resolve(this.#client);
    clearTimeout(this.#timer);
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<Client> {
    const { logger, version } = this.#options;
    const [{ Client }, { ToolListChangedNotificationSchema }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/types.js'),
    ]);
    const client = new Client({ name: 'openclaw-gateway', version });
    try {
      await client.connect(await this.#transport(), { timeout: this.#settings.timeout });
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => void this.#list(client).catch(() => undefined));
      await this.#list(client);
    } catch (thrown) {
      await client.close().catch(() => undefined);
      logger.warn({ server: this.#name, err: thrown }, 'an MCP server cannot be reached');
      this.#again();
      throw this.#unavailable(thrown instanceof Error ? thrown.message : 'it cannot be reached');
    }
    client.onclose = () => {
      this.#client = undefined;
      this.#again();
    };
    this.#client = client;
    this.#failures = 0;
    logger.info({ server: this.#name, tools: this.tools.length }, 'MCP server connected');
    return client;
  }

  #again(): void {
    if (this.#closed) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), waitMs);
    this.#timer.unref();
  }

  async #transport(): Promise<Transport> {
    const { command, args, environment, url, headers } = this.#settings;
    if (url !== undefined) {
      const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
      const way = egress.to(url);
      return new StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers },
        fetch: (to, init = {}) =>
          way.fetch(to, {
            method: init.method ?? 'GET',
            headers: Object.fromEntries(new Headers(init.headers)),
            ...(typeof init.body === 'string' && { body: init.body }),
            ...(init.signal && { signal: init.signal }),
            mostBytes: MOST_ANSWER_BYTES,
          }),
      }) as Transport;
    }
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const scrubbed = scrubbedEnvironment(process.env, { passed: [], home: folder });
    return stdioTransport({ command: command ?? '', args, environment: { ...scrubbed, ...environment }, folder });
  }

  async #list(client: Client): Promise<void> {
    const { logger, changed } = this.#options;
    const listed: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await client.request({ method: 'tools/list', params }, LIST, { timeout: this.#settings.timeout });
      listed.push(...answer.tools);
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    const { tools, refused } = usableTools(listed);
    if (refused.length > 0) logger.warn({ server: this.#name, refused: refused.slice(0, 20) }, 'tools of an MCP server are not used');
    this.tools = tools.map((tool) => this.#definition(tool));
    changed();
  }

  #definition({ name, description, inputSchema }: ReturnType<typeof usableTools>['tools'][number]): ToolDefinition {
    const full = `mcp.${this.#name}.${name}`;
    return {
      name: full,
      description: description || `The tool ${name} of ${this.#name}.`,
      parameters: ARGUMENTS,
      inputSchema,
      effect: 'write',
      sandbox: this.#settings.url === undefined ? 'mcp-program' : 'mcp-address',
      policy: 'ask',
      timeoutMs: () => this.#settings.timeout + FIRST_WAIT_MS,
      run: (args, { signal }) => this.#call(name, args, signal),
    };
  }

  async #call(tool: string, args: unknown, signal: AbortSignal): Promise<unknown> {
    const client = await this.#connect();
    const params = { name: tool, arguments: args };
    try {
      const result = await client.request({ method: 'tools/call', params }, RESULT, { signal, timeout: this.#settings.timeout });
      return resultOf(this.#name, result);
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      throw this.#unavailable(thrown instanceof Error ? thrown.message : 'it failed');
    }
  }

  #unavailable(why: string): GatewayError {
    return new GatewayError('TOOL_FAILED', {
      message: `The MCP server ${this.#name}: ${why.slice(0, 500)}.`,
      details: { server: this.#name },
    });
  }
}

/** What of the answers is looked at. What servers say of the shape of their results is not: it is theirs to keep. */
const LIST = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const RESULT = z.looseObject({
  content: z.array(z.unknown()).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});
