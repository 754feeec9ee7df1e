import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Onboarding, prepareOnboarding } from './onboarding.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { BOT_TOKEN, startTelegram } from './stand-ins/telegram.ts';
import { openTerminal } from './terminal.ts';

const LAUNCHER = join(import.meta.dirname, '../apps/gateway/bin/openclaw.mjs');
const WRITE_AND_START = 'Write this and start the gateway?';

const openOnboarding = ({ env }: Onboarding, ...args: readonly string[]) =>
  openTerminal([process.execPath, LAUNCHER, 'onboard', '--no-open', ...args], env);
const write = async ({ env }: Onboarding, text: string) => {
  await mkdir(env['OPENCLAW_STATE_DIR'] ?? '', { recursive: true });
  await writeFile(join(env['OPENCLAW_STATE_DIR'] ?? '', 'openclaw.json'), text);
};

describe('B6 openclaw onboard on a terminal', () => {
  it('leads from nothing to a tried model, a running gateway and a link', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding({ OLLAMA_HOST: new URL(server.url).host });
    await using terminal = await openOnboarding(onboarding);
    await terminal.shows(/● Ollama \(1 at http/);
    await terminal.press('Enter');
    await terminal.shows('Which of its models?');
    await terminal.press('Enter');
    await terminal.shows('Ask ollama/stand-in one tiny question');
    await terminal.press('Enter');
    await terminal.shows(/It answered "pong" after \d+ ms/);
    await terminal.shows('Who can reach the gateway?');
    await terminal.press('Enter');
    await terminal.shows('On which port?');
    await terminal.press('C-u', String(onboarding.port), 'Enter');
    await terminal.shows('Connect a Telegram bot?');
    await terminal.press('n');
    await terminal.shows('Install it as a service');
    await terminal.press('n');
    const review = await terminal.shows(WRITE_AND_START);
    expect(review).toContain('agents.defaults.model: "ollama/stand-in"');
    expect(await onboarding.file()).toBeUndefined();
    await terminal.press('Enter');

    expect(await terminal.shows('exit code')).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#c=[\s\S]*exit code 0/);
    expect(await onboarding.file()).toMatch(/^\/\/ The configuration of OpenClaw Gateway/);
    expect(await onboarding.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'pong\n' });
    await server.close();
  });

  it('shows what is there, changes what is chosen and keeps the rest of the file', async () => {
    const telegram = await startTelegram();
    await using onboarding = await prepareOnboarding({ TELEGRAM_BOT_TOKEN: BOT_TOKEN });
    await write(
      onboarding,
      `{\n  // mine\n  gateway: { network: { port: ${onboarding.port} } },\n  channels: { telegram: { apiRoot: "${telegram.url}" } },\n}\n`,
    );
    await using terminal = await openOnboarding(onboarding, '--no-install-daemon');
    const overview = await terminal.shows('What do you want to change?');
    expect(overview).toContain(`Address   127.0.0.1:${onboarding.port}`);
    expect(overview).toContain('Gateway   stopped');
    await terminal.press('Down', 'Down', 'Space', 'Enter');
    await terminal.shows('Connect a Telegram bot?');
    await terminal.press('y');
    await terminal.shows('The environment variable that holds the token');
    await terminal.press('Enter');
    await terminal.shows('Who may write to it?');
    await terminal.press('ann', 'Enter');
    await terminal.shows('Expected numeric Telegram ids, separated by commas, or *.');
    await terminal.press('C-u', '42', 'Enter');
    await terminal.shows(WRITE_AND_START);
    await terminal.press('Enter');
    const end = await terminal.shows('exit code');
    expect(end).toMatch(/Channel\s+telegram is connected[\s\S]*exit code 0/);
    expect(end).not.toContain(BOT_TOKEN);
    const text = await onboarding.file();
    expect(text).toContain('  // mine\n');
    expect(text).not.toContain(BOT_TOKEN);
    expect((await onboarding.openclaw('config', 'get', 'channels.telegram.allowFrom', '--json')).stdout).toBe('["42"]\n');
    await telegram.close();
  });

  it('asks again where the model does not answer', async () => {
    const server = await startOpenAi();
    server.script({ fault: 'status', status: 404, message: 'no such model' });
    await using onboarding = await prepareOnboarding({ OLLAMA_HOST: new URL(server.url).host });
    await using terminal = await openOnboarding(onboarding, '--no-start');
    await terminal.shows('Which model answers?');
    await terminal.press('Enter');
    await terminal.shows('Which of its models?');
    await terminal.press('Enter');
    await terminal.shows('Ask ollama/stand-in one tiny question');
    await terminal.press('Enter');
    await terminal.shows('no such model');
    await terminal.press('Enter');
    await terminal.shows(/no such model[\s\S]*Which model answers\?/);
    await terminal.press('C-c');
    expect(await terminal.shows('exit code')).toMatch(/Nothing was changed\.[\s\S]*exit code 130/);
    await server.close();
  });

  it.each([
    ['Ctrl+C', 'C-c'],
    ['Ctrl+D', 'C-d'],
    ['Escape', 'Escape'],
  ])('changes nothing on %s', async (_name, key) => {
    await using onboarding = await prepareOnboarding();
    await using terminal = await openOnboarding(
      onboarding,
      '--model',
      'echo/echo',
      '--port',
      String(onboarding.port),
      '--no-install-daemon',
    );
    await terminal.shows('Connect a Telegram bot?');
    await terminal.press('n');
    await terminal.shows(WRITE_AND_START);
    await terminal.press(key);
    expect(await terminal.shows('exit code')).toMatch(/Nothing was changed\.[\s\S]*exit code 130/);
    expect(await onboarding.file()).toBeUndefined();
    expect((await onboarding.openclaw('gateway', 'status')).stdout).toContain('Runtime: stopped');
  });

  it('changes nothing when the last question is answered with no', async () => {
    await using onboarding = await prepareOnboarding();
    await using terminal = await openOnboarding(onboarding, '--model', 'echo/echo', '--port', String(onboarding.port), '--no-start');
    await terminal.shows('Connect a Telegram bot?');
    await terminal.press('n');
    await terminal.shows('Write this?');
    await terminal.press('n');
    expect(await terminal.shows('exit code')).toMatch(/Nothing was changed\.[\s\S]*exit code 0/);
    expect(await onboarding.file()).toBeUndefined();
  });
});
