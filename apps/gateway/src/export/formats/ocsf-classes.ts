/** Which class and activity of the Open Cybersecurity Schema Framework each type of event is. */

export type OcsfClass = {
  readonly name:
    | 'account_change'
    | 'authentication'
    | 'entity_management'
    | 'application_lifecycle'
    | 'api_activity'
    | 'datastore_activity';
  readonly uid: number;
  readonly categoryUid: number;
};

const ACCOUNT_CHANGE: OcsfClass = { name: 'account_change', uid: 3001, categoryUid: 3 };
const AUTHENTICATION: OcsfClass = { name: 'authentication', uid: 3002, categoryUid: 3 };
const ENTITY_MANAGEMENT: OcsfClass = { name: 'entity_management', uid: 3004, categoryUid: 3 };
const APPLICATION_LIFECYCLE: OcsfClass = { name: 'application_lifecycle', uid: 6002, categoryUid: 6 };
const API_ACTIVITY: OcsfClass = { name: 'api_activity', uid: 6003, categoryUid: 6 };
const DATASTORE_ACTIVITY: OcsfClass = { name: 'datastore_activity', uid: 6005, categoryUid: 6 };

export type OcsfMapping = { readonly class: OcsfClass; readonly activity: number };

/** An activity that the class has no name for; the event's type says which. */
export const OTHER_ACTIVITY = 99;

const account = (activity: number): OcsfMapping => ({ class: ACCOUNT_CHANGE, activity });
const authentication = (activity: number): OcsfMapping => ({ class: AUTHENTICATION, activity });
const entity = (activity: number): OcsfMapping => ({ class: ENTITY_MANAGEMENT, activity });
const lifecycle = (activity: number): OcsfMapping => ({ class: APPLICATION_LIFECYCLE, activity });
const api = (activity: number): OcsfMapping => ({ class: API_ACTIVITY, activity });
const datastore = (activity: number): OcsfMapping => ({ class: DATASTORE_ACTIVITY, activity });

const LOGON = 1;
const LOGOFF = 2;
const PREAUTH = 6;
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;

const BY_TYPE: Readonly<Record<string, OcsfMapping>> = {
  'auth.login': authentication(LOGON),
  'auth.logout': authentication(LOGOFF),
  'auth.session_revoked': authentication(LOGOFF),
  'auth.accepted': authentication(PREAUTH),
  'auth.denied': authentication(PREAUTH),
  'auth.forbidden': api(OTHER_ACTIVITY),
  'auth.token_issued': account(OTHER_ACTIVITY),
  'auth.token_revoked': account(OTHER_ACTIVITY),
  'auth.token_reused': account(OTHER_ACTIVITY),
  'auth.token_used': authentication(PREAUTH),
  'auth.device_approved': account(OTHER_ACTIVITY),
  'auth.device_rejected': account(OTHER_ACTIVITY),
  'gateway.started': lifecycle(3),
  'gateway.stopped': lifecycle(4),
  'gateway.crash_recovered': lifecycle(5),
  'channel.connected': lifecycle(6),
  'channel.disconnected': lifecycle(7),
  'channel.probed': api(READ),
  'channel.update_refused': api(CREATE),
  'message.received': api(CREATE),
  'message.queued': api(CREATE),
  'route.decided': api(READ),
  'session.opened': api(CREATE),
  'session.forked': api(CREATE),
  'session.closed': api(DELETE),
  'command.taken': api(UPDATE),
  'model.requested': api(CREATE),
  'model.responded': api(READ),
  'tool.requested': api(CREATE),
  'tool.completed': api(READ),
  'delivery.requested': api(CREATE),
  'run.started': api(CREATE),
  'run.aborted': api(DELETE),
  'audit.viewed': datastore(4),
  'audit.exported': datastore(1),
  'audit.revealed': datastore(10),
  'audit.verified': datastore(4),
  'audit.accessed': datastore(1),
  'audit.action_requested': api(UPDATE),
  'audit.action_ended': api(UPDATE),
  'data.erased': datastore(7),
};

/** What the types of an aggregate are that have no entry of their own. */
const BY_AGGREGATE: Readonly<Record<string, OcsfMapping>> = {
  auth: authentication(OTHER_ACTIVITY),
  user: account(OTHER_ACTIVITY),
  gateway: lifecycle(OTHER_ACTIVITY),
  remote: lifecycle(OTHER_ACTIVITY),
  channel: lifecycle(OTHER_ACTIVITY),
  config: entity(UPDATE),
  audit: datastore(OTHER_ACTIVITY),
  data: datastore(OTHER_ACTIVITY),
  witness: datastore(OTHER_ACTIVITY),
  message: api(UPDATE),
  session: api(UPDATE),
  run: api(UPDATE),
  model: api(UPDATE),
  tool: api(UPDATE),
  delivery: api(UPDATE),
  route: api(READ),
};

export function ocsfMapping(type: string): OcsfMapping {
  return BY_TYPE[type] ?? BY_AGGREGATE[type.slice(0, type.indexOf('.'))] ?? api(OTHER_ACTIVITY);
}
