import { block, choice, flag, list, size, text, whole } from './values.ts';

const AUDIT_EVENTS = ['authentication', 'authorization', 'data_access', 'configuration_change', 'admin_action'] as const;

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
    enabled: flag().prefault(true).describe('Show the audit trail.'),
    events: list(choice(AUDIT_EVENTS), 'kinds of audit events')
      .prefault([...AUDIT_EVENTS])
      .describe('The kinds of events that belong to it.'),
    masking: block({
      enabled: flag().prefault(true).describe('Mask sensitive fields in what is exported.'),
      fields: list(text('the name of a field'), 'field names')
        .prefault(['password', 'apiKey', 'token', 'creditCard'])
        .describe('The fields that are masked, wherever they occur.'),
      charsToMask: whole(0, 64).prefault(4).describe('How many characters at the end stay readable.'),
    }).prefault({}),
    export: block({
      format: choice(['json', 'csv', 'cef', 'ocsf']).prefault('json').describe('The format of the exported trail.'),
      destination: text('the path of a file').describe('The file that the trail is continuously written to.'),
    })
      .exactOptional()
      .describe('Continuous export of the audit trail; none when left out.'),
  }).prefault({}),
});
