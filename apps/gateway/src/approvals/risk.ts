/** What a person should know of a call before saying yes: what it can do, and what it takes out of the gateway. */
import type { RegisteredTool } from '../tools/policy.ts';

export type Risk =
  /** A program of the machine, with the rights of the gateway's user. */
  | 'runs_program'
  | 'changes_files'
  /** Its tool says that it changes something. */
  | 'changes_something'
  | 'writes_to_others'
  | 'reaches_internet'
  /** Others' code, whose word on what it does cannot be relied on. */
  | 'third_party'
  /** Texts that nobody vouches for stood before the model. */
  | 'untrusted_before'
  /** Arguments stand word for word in such a text. */
  | 'echoes_untrusted';

/** What leaves: to whom, and how much of the arguments. `unknown` where the program itself decides. */
export type Leaving = { readonly to: string; readonly sizeBytes: number } | { readonly to: 'unknown' };

type Called = { readonly tool: string; readonly arguments: unknown };

/** The risks that lie in the tool itself. */
export function risksOf({ tool }: Called, registered: RegisteredTool | undefined): readonly Risk[] {
  const own = OWN_RISKS[tool];
  if (own) return own;
  if (registered === undefined || registered.source !== 'built-in') return ['third_party'];
  return registered.effect === 'write' ? ['changes_something'] : [];
}

const OWN_RISKS: Readonly<Record<string, readonly Risk[]>> = {
  'exec.run': ['runs_program'],
  'files.write': ['changes_files'],
  'files.edit': ['changes_files'],
  'message.send': ['writes_to_others'],
  'web.fetch': ['reaches_internet'],
};

/** What of a call leaves the gateway; nothing for one that stays. */
export function leavingBy({ tool, arguments: args }: Called, registered: RegisteredTool | undefined): Leaving | undefined {
  const sizeBytes = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  const field = (name: string) => (args as Readonly<Record<string, unknown>> | null)?.[name];
  if (tool === 'exec.run') return { to: 'unknown' };
  if (tool === 'message.send') {
    const account = field('account') ?? 'default';
    return { to: `${String(field('channel'))}/${String(account)} ${String(field('to'))}`, sizeBytes: sizeBytes(field('text')) };
  }
  if (tool === 'web.fetch') return { to: hostOf(String(field('url'))), sizeBytes: sizeBytes(field('url')) };
  if (tool.startsWith('mcp.')) return { to: tool.split('.').slice(0, 2).join('.'), sizeBytes: sizeBytes(args) };
  return registered?.source === 'extension' ? { to: tool, sizeBytes: sizeBytes(args) } : undefined;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url.slice(0, 200);
}
