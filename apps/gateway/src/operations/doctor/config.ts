/** The configuration file: what is refused, and what is taken but can never have an effect. */
import type { GatewayError } from '@openclaw-gateway/events/errors';
import { isKnownPath } from '../../config/keys.ts';
import { parsePath } from '../../config/path.ts';
import { sentence } from '../../config/read.ts';
import type { Finding } from '../../config/types.ts';
import { modelEndpoints } from '../../models/index.ts';
import { covers, inOrder } from '../../pipeline/binding.ts';
import { PULL_CHANNELS } from '../../pull-channels.ts';
import type { Check, ConfigCheck, Found } from './check.ts';
import type { Machine } from './machine.ts';

const scopes = ['config'] as const;

const unreadable: Check = {
  id: 'config.unreadable',
  severity: 'error',
  scopes,
  finds: 'a configuration file that cannot be read',
  cause: 'It is a folder, or its permissions forbid it.',
  remedy: '`ls -l` shows what it is; `openclaw config file` prints where it is looked for.',
  look: (machine) => refused(machine, 'CONFIG_UNREADABLE'),
};

const syntax: Check = {
  id: 'config.syntax',
  severity: 'error',
  scopes,
  finds: 'a configuration file that is not JSON5',
  cause:
    'A brace, a comma or a quote is missing or too many. A gateway that runs keeps its last good configuration; one that is stopped does not start.',
  remedy: 'Correct the line that is named, then `openclaw config validate`.',
  look: (machine) => refused(machine, 'CONFIG_SYNTAX'),
};

const unknownKey: Check = {
  id: 'config.unknown-key',
  severity: 'error',
  scopes,
  finds: 'keys that do not exist',
  cause: 'A key is misspelt or stands in the wrong place. It is refused, because what was meant by it would not be done.',
  remedy: 'Correct the name, or remove it: `openclaw config unset <path>`.',
  look: async (machine) =>
    (await findings(machine)).filter(isUnknownKey).map((finding) => ({
      found: `${finding.path} is no key of the configuration.`,
      remedy: finding.hint
        ? `${finding.hint} Or remove it: openclaw config unset ${finding.path}`
        : `openclaw config unset ${finding.path}`,
      details: { ...finding },
    })),
};

const badValue: Check = {
  id: 'config.value',
  severity: 'error',
  scopes,
  finds: 'values that do not fit their keys, or each other',
  cause: 'The value has the wrong type or is out of range, or two keys exclude each other.',
  remedy: '`openclaw config set <path> <value>` with what was expected.',
  look: async (machine) =>
    (await findings(machine))
      .filter((finding) => !isUnknownKey(finding) && !isVariable(finding) && !isSecretFile(finding))
      .map((finding) => ({ found: sentence(finding), details: { ...finding } })),
};

const missingVariable: Check = {
  id: 'config.environment',
  severity: 'error',
  scopes,
  finds: 'environment variables that the configuration names and that are not set',
  cause: 'The variable is set in another shell than the one that starts the gateway, or not at all.',
  remedy: 'Set it where the gateway is started, for a service in its unit file; or write the value itself.',
  look: async (machine) =>
    (await findings(machine)).filter(isVariable).map((finding) => ({
      found: `${finding.path} expects ${finding.expected}.`,
      details: { ...finding },
    })),
};

const secretFile: Check = {
  id: 'config.secret-file',
  severity: 'error',
  scopes,
  finds: 'files with secrets that the configuration refers to and that cannot be read',
  cause: 'The file was moved, is not mounted in this container, or belongs to another user than the one who runs the gateway.',
  remedy: '`ls -l <file>` as the user of the gateway; correct the path or the owner.',
  look: async (machine) =>
    (await findings(machine)).filter(isSecretFile).map((finding) => ({ found: sentence(finding), details: { ...finding } })),
};

const openSecretFile: Check = {
  id: 'config.secret-file-permissions',
  severity: 'warning',
  scopes: ['config', 'security'],
  finds: 'files with secrets that other users of this machine may read or write',
  cause: 'The file was made with the usual permissions.',
  remedy: '`chmod 600 <file>`',
  look: async (machine) => {
    const { warnings } = await machine.reading();
    return warnings.filter(isSecretFile).map((finding) => ({ found: sentence(finding), details: { ...finding } }));
  },
};

export const unreachable: ConfigCheck = {
  id: 'config.unreachable-rule',
  severity: 'warning',
  scopes,
  finds: 'bindings that can never decide',
  cause: 'A binding that is asked before it fits every message that it fits, or the channel or account that it names is not configured.',
  remedy: 'Remove the binding or change what it matches; `openclaw replay decisions` shows which rule decided.',
  look: async (machine) => {
    const { bindings, channels } = await machine.config();
    const asked = inOrder(bindings);
    return asked.flatMap(({ binding, index }, place): Found[] => {
      const details = { path: `bindings[${index}]` };
      const earlier = asked.slice(0, place).find((other) => covers(other.binding, binding));
      if (earlier) {
        const found = `bindings[${index}] never decides: bindings[${earlier.index}] is asked before it and fits every message that it fits.`;
        return [{ found, details }];
      }
      const { channel, accountId } = binding.match;
      if (channel === undefined || channel === '*' || PULL_CHANNELS.has(channel)) return [];
      const configured = channels[channel];
      if (!configured) return [{ found: `bindings[${index}] is for the channel ${channel}, which is not configured.`, details }];
      if (accountId === undefined || accountId === '*' || accountId in configured.accounts) return [];
      return [{ found: `bindings[${index}] is for the account ${channel}/${accountId}, which is not configured.`, details }];
    });
  },
};

const unknownModel: Check = {
  id: 'config.model',
  severity: 'error',
  scopes,
  finds: 'an agent whose model names a provider that is not configured',
  cause:
    'The provider is misspelt, its block is missing, or its API key is not in the environment of the gateway. Every message to that agent fails.',
  remedy: 'Add models.providers.<name>, or set ANTHROPIC_API_KEY or OPENAI_API_KEY where the gateway is started.',
  look: async (machine) => {
    const { agents, models } = await machine.config();
    const providers = modelEndpoints(models, await machine.gatewayEnv()).map(({ name }) => name);
    return Object.entries(agents.entries).flatMap(([agent, { model }]) => {
      const provider = model.slice(0, model.indexOf('/'));
      if (providers.includes(provider)) return [];
      return [
        { found: `The agent ${agent} is to use ${model}, but no provider is called ${provider}; there are: ${providers.join(', ')}.` },
      ];
    });
  },
};

async function refused(machine: Machine, code: GatewayError['code']): Promise<readonly Found[]> {
  const { error } = await machine.reading();
  return error?.code === code ? [{ found: `${machine.paths.config}: ${error.message}` }] : [];
}

async function findings(machine: Machine): Promise<readonly Finding[]> {
  const { error } = await machine.reading();
  return (error?.details?.['findings'] as readonly Finding[] | undefined) ?? [];
}

function isUnknownKey({ path, expected }: Finding): boolean {
  return /^(one of |nothing here)/.test(expected) && !isKnownPath(parsePath(path));
}

function isSecretFile({ expected }: Finding): boolean {
  return /^(an absolute path$|a file( |$))/.test(expected);
}

function isVariable({ expected }: Finding): boolean {
  return expected.startsWith('the environment variable ');
}

export const CONFIG_CHECKS: readonly Check[] = [
  unreadable,
  syntax,
  unknownKey,
  badValue,
  missingVariable,
  secretFile,
  openSecretFile,
  unreachable,
  unknownModel,
];
