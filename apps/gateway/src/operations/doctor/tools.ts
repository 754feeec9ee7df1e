/** What the tools need of the machine. */
import { BROWSER_REMEDY, findBrowser } from '../../tools/browser/find.ts';
import { lists } from '../../tools/policy.ts';
import type { Check } from './check.ts';

const noBrowser: Check = {
  id: 'tools.no-browser',
  severity: 'error',
  finds: 'browser tools that are allowed on a machine without a browser',
  cause: 'The tools drive a Chromium, Chrome or Edge that is installed on the machine; none comes with the gateway.',
  remedy: BROWSER_REMEDY,
  look: async (machine) => {
    const { allow, deny, browser } = (await machine.config()).tools;
    if (!lists(allow, 'browser.open') || lists(deny, 'browser.open')) return [];
    const { PATH } = await machine.gatewayEnv();
    if ((await findBrowser(browser.executable, PATH)) !== undefined) return [];
    const { executable } = browser;
    const found =
      executable === undefined
        ? 'tools.allow lists browser tools, and no Chromium, Chrome or Edge was found.'
        : `tools.browser.executable names ${executable}, which is no program.`;
    return [{ found }];
  },
};

export const TOOL_CHECKS: readonly Check[] = [noBrowser];
