import type { ModelRequest } from '@openclaw-gateway/sdk';

const MOST_CHARACTERS = 64;

/** Names of tools as a provider's API takes them (`clock_now`) and as the gateway has them (`clock.now`). */
export type ToolNames = { readonly toWire: (name: string) => string; readonly fromWire: (name: string) => string };

/** The names in a request and its history, translated so that no two become the same. */
export function toolNames(request: Pick<ModelRequest, 'tools' | 'messages'>): ToolNames {
  const wire = new Map<string, string>();
  const gateway = new Map<string, string>();
  const add = (name: string): string => {
    const known = wire.get(name);
    if (known !== undefined) return known;
    const base = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MOST_CHARACTERS) || 'tool';
    let chosen = base;
    for (let copy = 2; gateway.has(chosen); copy++) chosen = `${base.slice(0, MOST_CHARACTERS - 1 - String(copy).length)}_${copy}`;
    wire.set(name, chosen);
    gateway.set(chosen, name);
    return chosen;
  };
  for (const tool of request.tools) add(tool.name);
  return { toWire: add, fromWire: (name) => gateway.get(name) ?? name };
}
