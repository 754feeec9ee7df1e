import { expect, test } from 'vitest';
import { choicesOf, type OnboardOptions } from './options.ts';

const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', OTHER_APP: 'xapp-2', DISCORD_BOT_TOKEN: 'MTIzNDU2Nzg5.Gabc.def-ghi' };
const channel = (options: Partial<OnboardOptions>) => choicesOf({ start: true, ...options }, {}, env).channel;

test('B6 --channel slack takes both tokens from the environment, --channel discord its one', () => {
  expect(channel({ channel: 'slack', slackAppTokenEnv: 'OTHER_APP', slackAllowFrom: 'U012AB3CD, W1234' })).toEqual({
    service: 'slack',
    variables: { botToken: 'SLACK_BOT_TOKEN', appToken: 'OTHER_APP' },
    allowFrom: ['U012AB3CD', 'W1234'],
  });
  expect(channel({ channel: 'discord', discordAllowFrom: '*' })).toEqual({
    service: 'discord',
    variables: { botToken: 'DISCORD_BOT_TOKEN' },
    allowFrom: ['*'],
  });
});

test.each<[string, Partial<OnboardOptions>, string]>([
  ['a token in place of a variable', { channel: 'slack', slackBotTokenEnv: 'xoxb-1' }, 'not the token itself'],
  ['the tokens the wrong way round', { channel: 'slack', slackBotTokenEnv: 'OTHER_APP' }, 'OTHER_APP holds is no bot token'],
  ['a variable that is not set', { channel: 'discord', discordTokenEnv: 'NO_BOT' }, 'NO_BOT is not set'],
  ['a name in place of an id', { channel: 'discord', discordAllowFrom: 'ann' }, '--discord-allow-from: expected Discord user ids'],
  ['an option of another service', { channel: 'discord', slackAllowFrom: 'U012AB3CD' }, '--slack-allow-from needs --channel slack.'],
])('B6 %s is refused before anything is done', (_, options, words) => {
  expect(() => channel(options)).toThrow(words);
});
