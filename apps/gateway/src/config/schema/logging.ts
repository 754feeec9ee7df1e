import { block, choice, duration, flag, list, secret, size, text, whole } from './values.ts';

const AUDIT_EVENTS = ['authentication', 'authorization', 'data_access', 'configuration_change', 'admin_action'] as const;

/** A path, or an address that names its host. */
function isDestination(input: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(input)?.[1];
  if (scheme === undefined) return true;
  return ['http', 'https', 'syslog', 'syslog+tcp'].includes(scheme) && (URL.parse(input)?.hostname ?? '') !== '';
}

const destination = (expected: string) =>
  text(expected).refine(isDestination, { error: `${expected}: a path, "https://…", "syslog://host:port" or "syslog+tcp://host:port"` });

const witness = block({
  destination: destination('where checkpoints are kept').describe(
    'A file on another disk, a web server, or a syslog server over UDP or TCP.',
  ),
  secret: secret().exactOptional().describe('Signs what is sent to a web server.'),
});

export const logging = block({
  level: choice(['debug', 'info', 'warn', 'error', 'fatal']).prefault('info').describe('The least important lines that are written.'),
  format: choice(['json', 'text'])
    .prefault('json')
    .describe('How lines on stderr look: JSON, or text for people. The file is always JSON.'),
  file: block({
    enabled: flag().prefault(true).describe('Write the log to a file as well.'),
    path: text('the path of a file').exactOptional().describe('The file; `<state directory>/logs/gateway.log` when left out.'),
    maxSize: size().prefault('100m').describe('A file that has grown to this size is set aside and a new one begun.'),
    maxFiles: whole(1, 1000).prefault(5).describe('How many files are kept, the current one included.'),
  }).prefault({}),
  audit: block({
    enabled: flag().prefault(true).describe('Record and show who looked, acted and was refused.'),
    events: list(choice(AUDIT_EVENTS), 'kinds of audit events')
      .prefault([...AUDIT_EVENTS])
      .describe('The kinds of events that are recorded and belong to the audit trail.'),
    masking: block({
      enabled: flag().prefault(true).describe('Mask sensitive fields in what is exported, and shown to those who may not see them.'),
      fields: list(text('the name of a field'), 'field names')
        .prefault(['password', 'apiKey', 'token', 'creditCard'])
        .describe('The names of fields that are masked wherever they occur, in every spelling, and within texts.'),
      charsToMask: whole(0, 64)
        .prefault(4)
        .describe('How many characters at the end of a masked value stay readable; none of one that is not more than twice as long.'),
    }).prefault({}),
    export: block({
      format: choice(['json', 'csv', 'cef', 'ocsf']).prefault('json').describe('The format of the exported trail.'),
      destination: text('the path of a file, or an address')
        .refine(isDestination, { error: 'the path of a file, "https://…", "syslog://host:port" or "syslog+tcp://host:port"' })
        .describe('Where the trail is continuously written to: a file, a web server, or a syslog server over UDP or TCP.'),
      secret: secret().exactOptional().describe('Signs what is sent to a web server.'),
      maxSize: size().prefault('100m').describe('A file that has grown to this size is set aside and a new one begun.'),
      maxFiles: whole(1, 10_000).prefault(1000).describe('How many files are kept, the current one included.'),
    })
      .exactOptional()
      .describe('Continuous export of the audit trail; none when left out.'),
    verifyEvery: duration()
      .prefault('6h')
      .describe('How often what is new in the log is verified by itself, in a thread that gives way to everything else; 0 never.'),
    witnesses: list(witness, 'witnesses: [{ destination }]')
      .prefault([])
      .describe(
        'Where the signed checkpoints of the log are sent as they are made, so that nobody on this machine can rewrite or cut the log unseen.',
      ),
  }).prefault({}),
});
