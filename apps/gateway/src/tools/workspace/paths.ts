import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';

const MOST_COMPONENT_BYTES = 255;

/**
 * A path below the root of a workspace, as its components; none of them is empty, `.` or `..`. Throws TOOL_BAD_ARGUMENTS.
 * @example componentsOf('./notes//a.md') // ['notes', 'a.md']
 */
export function componentsOf(path: string): string[] {
  if (path.includes('\0')) throw refused(path, 'it holds a NUL character');
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) throw refused(path, 'it is absolute; paths begin at the workspace');
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw refused(path, '".." is not taken');
  const long = components.find((component) => Buffer.byteLength(component) > MOST_COMPONENT_BYTES);
  if (long !== undefined) throw refused(path, `a name in it is longer than ${MOST_COMPONENT_BYTES} bytes`);
  return components;
}

/** A path as rules of the policy see it: without `.` and empty parts. What is no path stays as it is, and is refused when it is used. */
export function plainPath(path: string): string {
  try {
    return componentsOf(path).join('/') || '.';
  } catch {
    return path;
  }
}

/** The parameter of a tool that names something in the workspace. */
export const pathParameter = (what: string) => z.string().min(1).max(4096).overwrite(plainPath).describe(what);

function refused(path: string, why: string): GatewayError {
  return new GatewayError('TOOL_BAD_ARGUMENTS', {
    message: `${JSON.stringify(path.slice(0, 200))} is no path in the workspace: ${why}.`,
    details: { path: path.slice(0, 200) },
  });
}
