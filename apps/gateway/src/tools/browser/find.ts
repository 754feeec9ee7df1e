/** Finds the browser of the machine. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
];
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/snap/bin', '/opt/google/chrome', '/opt/microsoft/msedge'];
const MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

export const BROWSER_REMEDY = 'Install one, for example `sudo apt-get install chromium`, or name its program in tools.browser.executable.';

/** The program that `tools.browser.executable` names, or else the first Chromium, Chrome or Edge of the machine. */
export async function findBrowser(configured: string | undefined, path = process.env['PATH'] ?? ''): Promise<string | undefined> {
  for (const candidate of configured === undefined ? candidates(path) : [configured]) if (await isProgram(candidate)) return candidate;
  return undefined;
}

function candidates(path: string): readonly string[] {
  const folders = [...new Set([...path.split(delimiter).filter(isAbsolute), ...FOLDERS])];
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return process.platform === 'darwin' ? [...MAC, ...found] : found;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
