/**
 * Finds a Chromium that really starts on this machine, or gets one. The order: $CHROME_PATH, the one npm brought (@sparticuz/chromium
 * with its own libraries: the same everywhere, and without a window two thirds of the work), the system's, Playwright's download, apt-get as
 * root. There is always a browser or an error.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { capture, fail, isMain, productEnv, productNode, root } from './process.mjs';
import { installPackage } from './programs.mjs';

/** Root has no user namespace to build a sandbox in, and /dev/shm is tiny in a container. */
export const LAUNCH_ARGS = ['--no-sandbox', '--disable-dev-shm-usage'];

const cache = join(root, 'node_modules/.cache/openclaw-browser');
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC_PATHS = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

/**
 * The browser for the tests.
 * @returns {Promise<{ executablePath: string, env: Record<string, string>, from: string, version: string }>}
 */
export async function findBrowser() {
  const tried = [];
  for (const [from, candidates] of SOURCES) {
    for (const candidate of await candidates().catch((error) => refused(tried, from, error))) {
      const started = await start(candidate);
      if (started.version) return { ...candidate, from, version: started.version };
      tried.push(`${from}: ${candidate.executablePath}: ${started.problem}`);
    }
  }
  throw new Error(
    `No browser starts on this machine. Set CHROME_PATH to a Chrome or Chromium.\nTried:\n  ${tried.join('\n  ') || 'nothing was found'}`,
  );
}

const SOURCES = [
  ['CHROME_PATH', async () => (process.env.CHROME_PATH ? [plain(process.env.CHROME_PATH)] : [])],
  ['@sparticuz/chromium', async () => [await unpacked()]],
  ['the system', async () => [...onPath(SYSTEM_NAMES), ...MAC_PATHS.filter((path) => existsSync(path))].map(plain)],
  ['playwright install', playwrightDownload],
  ['apt-get', debianPackage],
];

const plain = (executablePath) => ({ executablePath, env: {} });

function onPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)).filter((path) => existsSync(path)));
}

function refused(tried, from, error) {
  tried.push(`${from}: ${error.message}`);
  return [];
}

/** A version line proves little: the browser must render a page for the very library that drives the tests. */
async function start({ executablePath, env }) {
  const { chromium } = await import('@playwright/test');
  const page = 'data:text/html,<title>openclaw</title><script>document.title+=6*7</script>';
  let browser;
  try {
    browser = await chromium.launch({ executablePath, args: LAUNCH_ARGS, env: { ...process.env, ...env }, timeout: 30_000 });
    const tab = await browser.newPage();
    await tab.goto(page, { timeout: 10_000 });
    if ((await tab.title()) !== 'openclaw42') return { problem: 'it does not run a page' };
    await tab.setContent('Text 文字 <b>→</b> <code>0</code>');
    await tab.screenshot();
    return { version: browser.version() };
  } catch (error) {
    return {
      problem:
        error.message
          .split('\n')
          .find((line) => /error|cannot|failed|timeout/i.test(line))
          ?.trim() ?? error.message.slice(0, 200),
    };
  } finally {
    await browser?.close();
  }
}

async function ready(folder) {
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The npm package unpacks into the temporary folder, shared with everyone and never renewed; here it goes beside the packages, by version. */
async function unpacked() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('is for Linux x64 only');
  const source = join(root, 'node_modules/@sparticuz/chromium');
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const home = join(cache, `${version}-fonts`);
  if (!existsSync(home)) {
    const building = await mkdtemp(join(await ready(cache), 'unpack-'));
    await unpack(source, building);
    await writeFile(join(building, 'fonts.conf'), fontsConf(home));
    // Whoever comes second finds the first one's, complete.
    await rename(building, home).catch(async () => rm(building, { recursive: true, force: true }));
  }
  return {
    executablePath: join(home, 'chromium'),
    env: {
      LD_LIBRARY_PATH: [join(home, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  };
}

/** The one that it brings looks for fonts where they lie on other people's machines; a page with text and without any font ends the browser. */
function fontsConf(home) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}

async function unpack(source, folder) {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: chromium, inflate } = await import('@sparticuz/chromium');
    await chromium.executablePath();
    await inflate(join(source, 'bin/al2023.tar.br'));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

async function playwrightDownload() {
  const { code, output } = await capture(productNode(), [join(root, 'node_modules/playwright/cli.js'), 'install', 'chromium'], {
    env: productEnv(),
    timeout: 300_000,
  });
  if (code !== 0) throw new Error(output.trim().split('\n').at(-1)?.slice(0, 200) || `exit ${code}`);
  const { chromium } = await import('@playwright/test');
  return [plain(chromium.executablePath())];
}

async function debianPackage() {
  if (process.getuid?.() !== 0) throw new Error('needs root');
  const { code, output } = await installPackage('chromium');
  if (code !== 0) throw new Error(output.trim().split('\n').at(-1)?.slice(0, 200) || `exit ${code}`);
  return onPath(['chromium']).map(plain);
}

if (isMain(import.meta.url)) {
  const { executablePath, from, version } = await findBrowser().catch(fail);
  console.log(`Chromium ${version}\n${executablePath}\nfrom ${from}`);
}
