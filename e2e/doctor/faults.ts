/** One fault for each check: what is done to a healthy machine so that this check, and no other, must find it. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { DoctorOptions } from '../../apps/gateway/src/operations/doctor/index.ts';
import type { GatewayStatus } from '../../apps/gateway/src/operations/doctor/machine.ts';
import { messageFlow } from '../../packages/db/src/testing/flows.ts';
import {
  DeliveryFailed,
  GatewayCrashRecovered,
  GatewayStarted,
  MessageDeadLettered,
  newId,
  SessionQuarantined,
} from '../../packages/events/src/index.ts';
import { ensureProgram } from '../../scripts/programs.mjs';
import { startGateway, until } from '../gateway-process.ts';
import { startHttpServer } from '../stand-ins/http-server.ts';
import { startScriptedProvider } from '../stand-ins/scripted-provider.ts';
import { installTailscale } from '../stand-ins/tailscale.ts';
import { startTelegram } from '../stand-ins/telegram.ts';
import { makeCertificate } from './certificates.ts';
import type { Patient } from './patient.ts';

export type Fault = {
  readonly id: string;
  readonly what: string;
  readonly plant?: (patient: Patient) => void | Promise<void>;
  /** What else the doctor is told. */
  readonly options?: (patient: Patient) => Partial<DoctorOptions>;
  /** Whether --fix repairs it. */
  readonly isRepaired?: true;
};

const HOUR_MS = 3_600_000;
const OPEN_PORT = { network: { port: 0 } };
const later = (ms: number) => ({ now: () => Date.now() + ms });
const withGateway = (gateway: object) => ({ gateway: { ...OPEN_PORT, ...gateway } });
const withProvider = (baseUrl: string, rest: object = {}) => ({
  gateway: OPEN_PORT,
  models: { providers: { local: { api: 'openai-completions', baseUrl, ...rest } } },
});
const withOAuth = (oauth: object) =>
  withGateway({
    auth: {
      type: 'oauth',
      oauth: {
        ...{ provider: 'keycloak', clientId: 'id', clientSecret: 'a-client-secret', allowedDomains: ['example.org'] },
        redirectUri: 'http://127.0.0.1:18789/auth/callback',
        jwt: { secret: 'a-secret-of-more-than-thirty-two-letters' },
        ...oauth,
      },
    },
  });
const withHttps = (https: object, network: object = {}) =>
  withGateway({ network: { port: 0, ...network, https: { enabled: true, ...https } } });

/** A port on which something listens that is no gateway. */
async function listen(patient: Patient): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  patient.afterwards(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A model provider that answers everything alike. */
async function provider(patient: Patient, status: number, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const server = await startHttpServer((_request, _body, response) => void response.writeHead(status, headers).end('{}'));
  patient.afterwards(() => server.close());
  return `${server.origin}/v1`;
}

async function identityProvider(patient: Patient): Promise<string> {
  const { issuer, [Symbol.asyncDispose]: close } = await startScriptedProvider('id');
  patient.afterwards(() => close());
  return issuer;
}

/** What a running gateway says, with figures that it would have on another machine. */
function altered(patient: Patient, alter: (status: GatewayStatus) => GatewayStatus): Partial<DoctorOptions> {
  return {
    ask: async <T>(path: string) => (path === '/api/status' ? (alter(await patient.ask<GatewayStatus>(path)) as T) : patient.ask<T>(path)),
  };
}

export const FAULTS: readonly Fault[] = [
  {
    id: 'port.taken',
    what: 'another program on the port',
    plant: async (patient) => patient.configure({ gateway: { network: { port: await listen(patient) } } }),
  },
  {
    id: 'port.other-gateway',
    what: 'a gateway of another state directory on the port',
    plant: async (patient) => {
      const other = await startGateway();
      patient.afterwards(() => other[Symbol.asyncDispose]());
      await patient.configure({ gateway: { network: { port: Number(new URL(other.url()).port) } } });
    },
  },
  {
    id: 'port.forbidden',
    what: 'an address that is not of this machine',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'), { names: 'IP:203.0.113.9' });
      await patient.configure(withHttps({ cert: certFile, key: keyFile }, { host: '203.0.113.9', port: 18_789 }));
    },
  },
  {
    id: 'gateway.unresponsive',
    what: 'a gateway that is halted',
    plant: async (patient) => {
      const gateway = await patient.start();
      process.kill(gateway.pid(), 'SIGSTOP');
    },
  },
  {
    id: 'gateway.version',
    what: 'a gateway that was started before an update',
    plant: async (patient) => {
      await patient.start();
    },
    options: () => ({ version: '99.0.0' }),
  },
  {
    id: 'token.refused',
    what: 'another token in this shell',
    plant: async (patient) => {
      await patient.start();
    },
    options: ({ folder }) => ({ env: { HOME: folder, OPENCLAW_GATEWAY_TOKEN: 'another-token-than-that-of-the-gateway' } }),
  },
  {
    id: 'gateway.pid-stale',
    what: 'the pid file of a gateway that was killed',
    plant: async (patient) => {
      const gateway = await patient.start();
      await gateway.kill();
    },
    isRepaired: true,
  },
  {
    id: 'gateway.untracked',
    what: 'a running gateway whose pid file is gone',
    plant: async (patient) => {
      await patient.start();
      rmSync(patient.path('gateway.pid'));
    },
    options: () => later(2 * 60_000),
  },
  {
    id: 'gateway.two',
    what: 'two programs that have the log open for writing',
    plant: async (patient) => {
      for (let index = 0; index < 2; index++) {
        const child = spawn('/bin/sh', ['-c', 'exec 9<>"$1" && echo open && exec sleep 600', 'sh', patient.path('state/events.db')]);
        patient.afterwards(() => child.kill('SIGKILL'));
        await new Promise((resolve) => child.stdout.once('data', resolve));
      }
    },
  },
  {
    id: 'gateway.crash-loop',
    what: 'three crashes within the hour',
    plant: (patient) =>
      patient.write(async (store) => {
        const streamId = `gateway/${store.gatewayId}`;
        const start = { gatewayId: store.gatewayId, programVersion: '0.1.0', nodeVersion: 'v24', pid: 1, host: '127.0.0.1', port: 1 };
        for (let crash = 0; crash < 3; crash++) {
          const recovered = GatewayCrashRecovered.create({ unsettledMessages: 0, interruptedTools: 0, uncertainDeliveries: 0 });
          const started = GatewayStarted.create({ ...start, configHash: 'c0ffee00' });
          await store.log.append({
            events: [
              { streamId, event: started },
              { streamId, event: recovered },
            ].map((one) => ({ ...one, metadata: {} })),
          });
        }
      }),
  },
  {
    id: 'config.unreadable',
    what: 'a folder in place of the configuration',
    plant: (patient) => {
      rmSync(patient.path('openclaw.json'));
      mkdirSync(patient.path('openclaw.json'), { mode: 0o700 });
    },
  },
  { id: 'config.syntax', what: 'a missing brace', plant: (patient) => writeFileSync(patient.path('openclaw.json'), '{ gateway: {') },
  {
    id: 'config.unknown-key',
    what: 'a misspelt key',
    plant: (patient) => patient.configure({ gateway: { network: { port: 0, hots: '127.0.0.1' } } }),
  },
  { id: 'config.value', what: 'a port out of range', plant: (patient) => patient.configure({ gateway: { network: { port: 70_000 } } }) },
  {
    id: 'config.environment',
    what: 'a variable that is not set',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the configuration writes it
    plant: (patient) => patient.configure(withProvider('http://${OPENCLAW_TEST_NOT_SET}:1')),
  },
  {
    id: 'config.secret-file',
    what: 'a secret in a file that is not there',
    plant: async (patient) => {
      const apiKey = { file: join(patient.folder, 'no-such-secret') };
      await patient.configure(withProvider(await provider(patient, 200), { apiKey }));
    },
  },
  {
    id: 'config.secret-file-permissions',
    what: 'a secret in a file that all may read',
    plant: async (patient) => {
      const file = join(patient.folder, 'secret');
      writeFileSync(file, 'sk-in-a-file-of-its-own');
      chmodSync(file, 0o644);
      await patient.configure(withProvider(await provider(patient, 200), { apiKey: { file } }));
    },
  },
  {
    id: 'config.unreachable-rule',
    what: 'a second binding for the same messages',
    plant: (patient) =>
      patient.configure({
        gateway: OPEN_PORT,
        agents: { entries: { main: {}, other: {} } },
        bindings: [
          { agentId: 'other', match: { channel: 'http' } },
          { agentId: 'main', match: { channel: 'http' } },
        ],
      }),
  },
  {
    id: 'config.model',
    what: 'an agent with a provider that is not configured',
    plant: (patient) => patient.configure({ gateway: OPEN_PORT, agents: { defaults: { model: 'antropic/claude' } } }),
  },
  {
    id: 'channels.unknown',
    what: 'a misspelt channel',
    plant: (patient) => patient.configure({ gateway: OPEN_PORT, channels: { telegramm: { enabled: true } } }),
  },
  {
    id: 'channels.disabled',
    what: 'a channel that is turned off',
    plant: (patient) => patient.configure({ gateway: OPEN_PORT, channels: { telegram: { enabled: false } } }),
  },
  {
    id: 'channels.failing',
    what: 'a bot token that the service refuses',
    plant: async (patient) => {
      const telegram = await startTelegram({ token: '1:the-right-one' });
      patient.afterwards(() => telegram.close());
      await patient.configure({ gateway: OPEN_PORT, channels: { telegram: { botToken: '1:a-wrong-one', apiRoot: telegram.url } } });
      const gateway = await patient.start();
      await until('the channel fails', async () => {
        const { channels } = await gateway.json<{ channels: { error?: unknown }[] }>('/api/channels');
        return channels.some(({ error }) => error !== undefined) || undefined;
      });
    },
  },
  {
    id: 'messages.stuck',
    what: 'a message that was not finished an hour ago',
    plant: async (patient) => {
      await patient.write(async (store) => {
        for (const commit of messageFlow(newId('session'), { outcome: 'queued' }).commits) await store.log.append(commit);
      });
    },
    options: () => later(HOUR_MS),
  },
  {
    id: 'deliveries.held',
    what: 'a reply that waits for an operator',
    plant: (patient) =>
      patient.write(async (store) => {
        for (const commit of messageFlow(newId('session'), { outcome: 'held' }).commits) await store.log.append(commit);
      }),
  },
  {
    id: 'sessions.quarantined',
    what: 'a conversation that is set aside',
    plant: (patient) =>
      patient.write(async (store) => {
        const sessionId = newId('session');
        const { commits, messageId } = messageFlow(sessionId);
        for (const commit of commits) await store.log.append(commit);
        const problem = { code: 'MODEL_REFUSED', message: 'The model refuses it.' };
        const event = SessionQuarantined.create({ sessionId, reason: 'refused', messageId, problem });
        await store.log.append({ events: [{ streamId: `session/${sessionId}`, event, metadata: { sessionId } }] });
      }),
  },
  {
    id: 'deliveries.dead-letters',
    what: 'a reply that was given up',
    plant: (patient) =>
      patient.write(async (store) => {
        const sessionId = newId('session');
        const { commits, messageId } = messageFlow(sessionId, { outcome: 'delivering' });
        for (const commit of commits) await store.log.append(commit);
        const asked = commits.flatMap(({ events }) => events).find(({ event }) => event.type === 'delivery.requested');
        const { deliveryId = '' } = (asked?.event.data ?? {}) as { readonly deliveryId?: string };
        const problem = { code: 'CHANNEL_REFUSED', message: 'Blocked.' };
        const given = [
          DeliveryFailed.create({ deliveryId, attempt: 1, problem }),
          MessageDeadLettered.create({ messageId, stage: 'deliver', attempts: 1, problem }),
        ];
        const metadata = { correlationId: messageId, sessionId };
        await store.log.append({ events: given.map((event) => ({ streamId: `session/${sessionId}`, event, metadata })) });
      }),
  },
  {
    id: 'state.unusable',
    what: 'a file in place of the folder of the databases',
    plant: (patient) => {
      rmSync(patient.path('state'), { recursive: true });
      writeFileSync(patient.path('state'), '', { mode: 0o600 });
    },
  },
  {
    id: 'disk.network-mount',
    what: 'a state directory on NFS',
    plant: (patient) => {
      const root = '24 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw';
      writeFileSync(
        join(patient.folder, 'mountinfo'),
        `${root}\n411 24 0:52 / ${patient.dir} rw,relatime shared:214 - nfs4 10.0.0.7:/export rw,vers=4.2\n`,
      );
    },
    options: ({ folder }) => ({ mountInfo: join(folder, 'mountinfo') }),
  },
  { id: 'state.newer-program', what: 'a log of a newer program', plant: (patient) => patient.sql('events.db', 'PRAGMA user_version = 99') },
  {
    id: 'log.damaged',
    what: 'a log that was overwritten',
    plant: (patient) =>
      writeFileSync(patient.path('state/events.db'), 'not a database, only some text that is long enough', { mode: 0o600 }),
  },
  {
    id: 'log.changed',
    what: 'an event that was changed by hand',
    plant: (patient) =>
      patient.sql(
        'events.db',
        'DROP TRIGGER events_are_final_on_update',
        "UPDATE events SET metadata = json_set(metadata, '$.channel', 'forged') WHERE position = 3",
      ),
  },
  { id: 'keys.missing', what: 'a log without its keys', plant: (patient) => rmSync(patient.path('state/keys.db')) },
  { id: 'clock.behind', what: 'a clock that was set back', options: () => later(-HOUR_MS) },
  {
    id: 'state.leftovers',
    what: 'a temporary file of a program that was killed',
    plant: (patient) => writeFileSync(patient.path('openclaw.json.999999999.0a1b2c3d.tmp'), '{}', { mode: 0o600 }),
    isRepaired: true,
  },
  { id: 'state.owner', what: 'files of another user', options: () => ({ uid: (process.getuid?.() ?? 0) + 4242 }) },
  { id: 'state.permissions', what: 'a directory that all may read', plant: (patient) => chmodSync(patient.dir, 0o755), isRepaired: true },
  {
    id: 'keys.permissions',
    what: 'keys that all may read',
    plant: (patient) => chmodSync(patient.path('state/keys.db'), 0o644),
    isRepaired: true,
  },
  {
    id: 'token.permissions',
    what: 'a token that the group may read',
    plant: (patient) => chmodSync(patient.path('gateway-token'), 0o640),
    isRepaired: true,
  },
  {
    id: 'config.permissions',
    what: 'a configuration with a key that all may read',
    plant: async (patient) => {
      await patient.configure({ gateway: OPEN_PORT, channels: { telegram: { enabled: true, botToken: '1:secret' } } });
      await patient.configure(withProvider(await provider(patient, 200), { apiKey: 'sk-written-out-in-the-file' }));
      chmodSync(patient.path('openclaw.json'), 0o644);
    },
    isRepaired: true,
  },
  {
    id: 'log-file.permissions',
    what: 'a log that all may read',
    plant: (patient) => chmodSync(patient.path('logs/gateway.log'), 0o644),
    isRepaired: true,
  },
  {
    id: 'views.damaged',
    what: 'views with a page of noise',
    plant: (patient) => {
      const file = readFileSync(patient.path('state/views.db'));
      file.fill(0xa5, 4096, 12_288);
      writeFileSync(patient.path('state/views.db'), file);
    },
    isRepaired: true,
  },
  { id: 'views.missing', what: 'views that were deleted', plant: (patient) => rmSync(patient.path('state/words.db')) },
  {
    id: 'views.stopped',
    what: 'a view that stopped at an event',
    plant: (patient) =>
      patient.sql('views.db', "UPDATE projections SET stopped_position = 3, stopped_message = 'cannot fold' WHERE name = 'sessions'"),
    isRepaired: true,
  },
  {
    id: 'network.dns',
    what: 'a provider without an address',
    plant: (patient) => patient.configure(withProvider('http://no-such-host.invalid/v1')),
  },
  {
    id: 'network.tcp',
    what: 'a local model server that does not run',
    plant: async (patient) => patient.configure(withProvider(`http://127.0.0.1:${await closedPort()}/v1`)),
  },
  {
    id: 'network.tls',
    what: 'a provider with a certificate that nobody vouches for',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'provider'));
      const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) =>
        response.end('{}'),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      patient.afterwards(() => server.close());
      await patient.configure(withProvider(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
    },
  },
  {
    id: 'network.http',
    what: 'a provider that is down',
    plant: async (patient) => patient.configure(withProvider(await provider(patient, 503))),
  },
  {
    id: 'network.key-refused',
    what: 'an API key that was withdrawn',
    plant: async (patient) => {
      await patient.configure(withProvider(await provider(patient, 401), { apiKey: 'sk-withdrawn-some-time-ago' }));
    },
    options: () => ({ scopes: ['network'] }),
  },
  {
    id: 'clock.skew',
    what: 'a provider whose clock says something else',
    plant: async (patient) => {
      const date = new Date(Date.now() - HOUR_MS).toUTCString();
      await patient.configure(withProvider(await provider(patient, 200, { date })));
    },
  },
  {
    id: 'tls.missing',
    what: 'a certificate that is not there',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'));
      rmSync(certFile);
      await patient.configure(withHttps({ cert: certFile, key: keyFile }));
    },
  },
  {
    id: 'tls.unreadable',
    what: 'a certificate that is not PEM',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'));
      writeFileSync(certFile, 'no certificate');
      await patient.configure(withHttps({ cert: certFile, key: keyFile }));
    },
  },
  {
    id: 'tls.expired',
    what: 'a certificate of last year',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'), { from: -400, to: -35 });
      await patient.configure(withHttps({ cert: certFile, key: keyFile }));
    },
  },
  {
    id: 'tls.expires-soon',
    what: 'a certificate with ten days to go',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'), { to: 10 });
      await patient.configure(withHttps({ cert: { certFile, keyFile } }));
    },
  },
  {
    id: 'tls.key-mismatch',
    what: 'the key of another certificate',
    plant: async (patient) => {
      const { certFile } = await makeCertificate(join(patient.folder, 'tls'));
      const { keyFile } = await makeCertificate(join(patient.folder, 'other'));
      await patient.configure(withHttps({ cert: certFile, key: keyFile }));
    },
  },
  {
    id: 'tls.wrong-host',
    what: 'a certificate for another name',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'));
      const oauth = {
        ...{ provider: 'google', clientId: 'id', clientSecret: 'a-client-secret' },
        redirectUri: 'https://openclaw.example.org/auth/callback',
        jwt: { secret: 'a-secret-of-more-than-thirty-two-letters' },
      };
      const config = withHttps({ cert: certFile, key: keyFile });
      await patient.configure({ gateway: { ...config.gateway, auth: { oauth } } });
    },
  },
  {
    id: 'oauth.unreachable',
    what: 'a provider of sign-in that does not run',
    plant: async (patient) => patient.configure(withOAuth({ issuer: `http://127.0.0.1:${await closedPort()}` })),
  },
  {
    id: 'oauth.redirect',
    what: 'a sign-in that comes back to another address',
    plant: async (patient) => {
      const { gateway } = withOAuth({ issuer: await identityProvider(patient), redirectUri: 'https://old.example.org/auth/callback' });
      await patient.configure({ gateway: { ...gateway, network: { port: 0, publicUrl: 'https://new.example.org' } } });
    },
  },
  {
    id: 'oauth.nobody',
    what: 'a sign-in that lets nobody in',
    plant: async (patient) => patient.configure(withOAuth({ issuer: await identityProvider(patient), allowedDomains: [] })),
  },
  {
    id: 'exposure.no-tls',
    what: 'plain HTTP on all networks',
    plant: (patient) => patient.configure({ gateway: { network: { host: '0.0.0.0', port: 0 } } }),
  },
  { id: 'exposure.no-auth', what: 'no sign-in', plant: (patient) => patient.configure(withGateway({ auth: { type: 'disabled' } })) },
  {
    id: 'exposure.cors',
    what: 'an API for all websites',
    plant: (patient) => patient.configure(withGateway({ auth: { cors: { origins: ['*'] } } })),
  },
  {
    id: 'exposure.funnel-open',
    what: 'a Funnel without sign-in',
    plant: (patient) => patient.configure(withGateway({ tailscale: { enabled: true, funnel: { enabled: true, auth: 'none' } } })),
  },
  {
    id: 'tailscale.not-published',
    what: 'a machine that is signed out of its tailnet',
    plant: async (patient) => {
      const tailscale = await installTailscale({ backend: 'NeedsLogin' });
      patient.afterwards(() => tailscale[Symbol.asyncDispose]());
      await patient.configure(withGateway({ tailscale: { enabled: true } }));
      await patient.start(tailscale.env);
      await until('Tailscale was asked', async () => {
        const { remote } = await patient.ask<{ remote: { state: string } }>('/api/status');
        return remote.state === 'failed' || undefined;
      });
    },
  },
  {
    id: 'token.weak',
    what: 'a token that was made up',
    plant: (patient) => patient.configure(withGateway({ auth: { token: 'changeme' } })),
  },
  {
    id: 'isolation.nobody',
    what: 'a gateway for other machines that lets none of them in',
    plant: async (patient) => {
      const { certFile, keyFile } = await makeCertificate(join(patient.folder, 'tls'));
      const https = { enabled: true, cert: certFile, key: keyFile };
      const security = { networkIsolation: { enabled: true } };
      await patient.configure(withGateway({ network: { host: '0.0.0.0', port: 0, https }, security }));
    },
  },
  {
    id: 'isolation.unseen-clients',
    what: 'a proxy that is not trusted in front of rules about networks',
    plant: (patient) =>
      patient.configure(
        withGateway({
          network: { port: 0, publicUrl: 'https://gateway.example.com' },
          security: { networkIsolation: { enabled: true, allowedInbound: ['10.0.0.0/8'] } },
        }),
      ),
  },
  {
    id: 'isolation.outbound-blocked',
    what: 'a server for metrics in a network that is blocked',
    plant: (patient) =>
      patient.configure(
        withGateway({
          monitoring: { metrics: { export: { enabled: true, type: 'prometheus', endpoint: 'http://10.9.8.7:9091' } } },
          security: { networkIsolation: { enabled: true, blockedOutbound: ['10.0.0.0/8'] } },
        }),
      ),
  },
  {
    id: 'firewall.drift',
    what: 'rules that nobody has put into the firewall',
    plant: async (patient) => {
      await ensureProgram('iptables');
      const rules = [{ action: 'allow', source: '10.0.0.0/8', port: 18789 }];
      await patient.configure(withGateway({ security: { firewall: { enabled: true, rules } } }));
    },
  },
  {
    id: 'log-file.unwritable',
    what: 'a log file below a file',
    plant: (patient) => patient.configure(withGateway({ logging: { file: { path: patient.path('gateway-token', 'gateway.log') } } })),
  },
  {
    id: 'audit-export.unreachable',
    what: 'a syslog server that does not run',
    plant: async (patient) => {
      const destination = `syslog+tcp://127.0.0.1:${await closedPort()}`;
      await patient.configure(withGateway({ logging: { audit: { export: { destination } } } }));
    },
  },
  {
    id: 'witness.unreachable',
    what: 'a disk of the witness that is not mounted',
    plant: (patient) => {
      const destination = patient.path('gateway-token', 'checkpoints');
      return patient.configure(withGateway({ logging: { audit: { witnesses: [{ destination }] } } }));
    },
  },
  {
    id: 'memory.high',
    what: 'a gateway near the limit of its memory',
    plant: async (patient) => {
      await patient.start();
    },
    options: (patient) => altered(patient, (status) => ({ ...status, memoryBytes: { rss: 480e6, limit: 512e6 } })),
  },
  {
    id: 'views.lagging',
    what: 'views that stay far behind',
    plant: async (patient) => {
      await patient.start();
    },
    options: (patient) =>
      altered(patient, (status) => {
        const projections = status.overview.projections.map((view) => ({ ...view, lagEvents: 90_000 }));
        return { ...status, overview: { ...status.overview, projections } };
      }),
  },
  {
    id: 'tools.no-browser',
    what: 'browser tools with a browser that is not there',
    plant: (patient) =>
      patient.configure({ gateway: OPEN_PORT, tools: { allow: ['browser.*'], browser: { executable: '/no/such/chromium' } } }),
  },
  { id: 'node.too-old', what: 'Node 20', options: () => ({ nodeVersion: '20.19.0' }) },
  { id: 'limits.memory', what: 'a container of 128 MB', options: () => ({ memoryLimitBytes: 128 * 1024 ** 2 }) },
  {
    id: 'service.drift',
    what: 'a service of a program that was moved',
    plant: (patient) => {
      const folder = join(patient.folder, '.config/systemd/user');
      mkdirSync(folder, { recursive: true });
      const unit = `[Service]\nExecStart=${process.execPath} "/opt/old place/openclaw/bin/openclaw.mjs" gateway run\n`;
      writeFileSync(join(folder, 'openclaw-gateway.service'), unit);
      writeFileSync(patient.path('service.json'), JSON.stringify({ manager: 'systemd' }), { mode: 0o600 });
    },
  },
];
