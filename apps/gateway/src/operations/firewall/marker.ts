/** Which rules were put in force last, for those who may not look: the gateway itself seldom is root. */
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FirewallType } from './backends.ts';

export type Marker = { readonly type: FirewallType; readonly rulesHash: string; readonly bootId: string };

const markerPath = (stateDir: string) => join(stateDir, 'state', 'firewall.json');

/** Nothing where none were put in force since the machine was started: rules do not outlive that. */
export async function readMarker(stateDir: string): Promise<Marker | undefined> {
  try {
    const marker = JSON.parse(await readFile(markerPath(stateDir), 'utf8')) as Marker;
    return marker.bootId === (await bootId()) ? marker : undefined;
  } catch {
    return undefined;
  }
}

/** Written as root, it belongs to whoever has the state directory. */
export async function writeMarker(stateDir: string, marker: Omit<Marker, 'bootId'>): Promise<void> {
  const path = markerPath(stateDir);
  const { uid, gid } = await stat(stateDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify({ ...marker, bootId: await bootId() })}\n`, { mode: 0o600 });
  await Promise.all([path, dirname(path)].map((each) => chown(each, uid, gid)));
}

export async function removeMarker(stateDir: string): Promise<void> {
  await rm(markerPath(stateDir), { force: true });
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
