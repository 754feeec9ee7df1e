import { auth } from './auth.ts';
import { logging } from './logging.ts';
import { monitoring } from './monitoring.ts';
import { network } from './network.ts';
import { security } from './security.ts';
import { block, choice, duration, flag, sizeFrom, text, url, whole } from './values.ts';

export const gateway = block({
  network: network.prefault({}),
  auth: auth.prefault({}),
  sessions: block({
    timeout: duration()
      .prefault('30m')
      .describe('A session with nothing new for this long is idle: shown so, and out of memory until its next message.'),
    maxConcurrent: whole(1, 100_000).prefault(100).describe('How many sessions may have a turn running at a time.'),
    historyRetention: duration().prefault('7d').describe('How long the text of messages is kept; audit events stay.'),
  }).prefault({}),
  limits: block({
    memory: sizeFrom('192m')
      .exactOptional()
      .describe(
        'How much memory the process may take; near it requests are refused. Without it: the limit of the control group, else 75 % of the machine.',
      ),
  }).prefault({}),
  shutdown: block({
    drainTimeout: duration()
      .prefault('30s')
      .describe(
        'How long answers that are being made may take to finish when the gateway stops; what is cut short goes on at the next start.',
      ),
  }).prefault({}),
  safeMode: block({
    crashes: whole(0, 100).prefault(3).describe('After so many crashes the gateway starts in safe mode; 0 never.'),
    within: duration().prefault('5m').describe('Only crashes within this time count.'),
  }).prefault({}),
  retention: block({
    archiveAfter: duration()
      .prefault('30d')
      .describe('Older events are moved from the log into compressed files beside it, where they stay readable.'),
    debug: duration().prefault('14d').describe('How long events are kept that only help to find faults.'),
    interval: duration().prefault('1h').describe('How often old events are looked for.'),
  }).prefault({}),
  database: block({
    url: url(['postgres', 'postgresql'])
      .exactOptional()
      .describe(
        'The PostgreSQL database that holds the event log, for several instances that share it; without it, and without OPENCLAW_DATABASE_URL, the log is a SQLite file in the state directory.',
      ),
    listenUrl: url(['postgres', 'postgresql'])
      .exactOptional()
      .describe(
        'The same database past a pooler such as PgBouncer, for being told of new events at once; else they are asked for each second.',
      ),
  }).prefault({}),
  instance: block({
    name: text('a name', 100)
      .exactOptional()
      .describe('What this instance is called among those that share a log; else the name of the machine.'),
    address: url(['http'])
      .exactOptional()
      .describe('Where the other instances reach this one, such as "http://10.0.0.2:18789"; else its own host and port.'),
  }).prefault({}),
  logging: logging.prefault({}),
  monitoring: monitoring.prefault({}),
  security: security.prefault({}),
  tailscale: block({
    enabled: flag().prefault(false).describe('Publish the gateway in the tailnet.'),
    hostname: text('a host name').prefault('openclaw-gateway').describe("The machine's name in the tailnet."),
    acl: block({
      subnetRoutes: flag().prefault(false).describe('Accept the routes that other machines advertise.'),
      exitNode: flag().prefault(false).describe('Offer this machine as an exit node.'),
    }).prefault({}),
    funnel: block({
      enabled: flag().prefault(false).describe('Publish the gateway on the internet through Tailscale Funnel.'),
      https: flag().prefault(true).describe('Serve it over HTTPS.'),
      auth: choice(['password', 'none']).prefault('password').describe('Whether visitors from the internet must sign in.'),
    }).prefault({}),
  }).prefault({}),
});
