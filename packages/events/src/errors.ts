/**
 * The one registry of error codes. Each entry says the HTTP status, whether the same call may succeed later,
 * what happened and what to do. `docs/errors.md` is generated from it.
 */
type ErrorSpec = { readonly status: number; readonly retryable: boolean; readonly title: string; readonly remedy: string };

export const ERRORS = {
  // What a caller sent
  BAD_JSON: {
    status: 400,
    retryable: false,
    title: 'The body is not valid JSON.',
    remedy: 'Send one JSON document with content-type application/json.',
  },
  BAD_REQUEST: {
    status: 400,
    retryable: false,
    title: 'A field is missing or has the wrong type.',
    remedy: 'Compare the named field with what was expected.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    title: 'The body is larger than the limit.',
    remedy: 'Send a smaller body; the limit is in the details.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    retryable: false,
    title: 'The head of the request is larger than the limit.',
    remedy: 'Send fewer or shorter headers, or a shorter address; the limit is in the details.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    title: 'The request did not arrive in time.',
    remedy: 'Send it again, faster; gateway.network.connections.requestTimeout says how long it may take.',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    title: 'Too many requests came from this address.',
    remedy: 'Try again after the time in Retry-After; gateway.network.rateLimit says how many are allowed.',
  },
  TOO_MANY_CONNECTIONS: {
    status: 429,
    retryable: true,
    title: 'This address holds as many connections as it may.',
    remedy: 'Close some, or wait for answers; gateway.security.ddos.connections.maxPerIp says how many are allowed.',
  },
  TRAFFIC_UNUSUAL: {
    status: 429,
    retryable: true,
    title: 'The traffic of this address is unusual, so it gets less than others.',
    remedy: 'Ask less often, and mend what fails: wrong tokens and missing pages count. gateway.security.ddos.anomalyDetection decides.',
  },
  PROOF_REQUIRED: {
    status: 403,
    retryable: false,
    title: 'The traffic of this address is unusual: a puzzle has to be solved first.',
    remedy:
      'Open the gateway in a browser, which solves it by itself, or ask less often for some minutes. A program finds the answer that the details describe, and posts it to /api/access/proof.',
  },
  PROOF_REFUSED: {
    status: 403,
    retryable: false,
    title: 'The puzzle is not solved by this answer.',
    remedy: 'Load the page again for a new puzzle. It is good for five minutes, and for one address.',
  },
  ADDRESS_BANNED: {
    status: 403,
    retryable: false,
    title: 'This address is banned.',
    remedy: 'Wait for the time in Retry-After, or ask an operator: `openclaw gateway bans remove <address>`.',
  },
  BAN_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'This address is not banned.',
    remedy: 'List the bans with `openclaw gateway bans list`.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    title: 'The body has a content type that this path does not read.',
    remedy: 'Send application/json.',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'There is nothing at this path.',
    remedy: 'Check the path and the method against docs/http-api.md.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    retryable: false,
    title: 'This path does not take this method.',
    remedy: 'Use a method named in the Allow header.',
  },
  MESSAGE_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No message has this id.',
    remedy: 'List messages with `openclaw events list --type message.received`.',
  },
  SCHEDULE_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No schedule has this name.',
    remedy: 'List schedules with `openclaw schedules list`; they are under `schedules` in the configuration.',
  },
  SESSION_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No session has this id.',
    remedy: 'List sessions with `openclaw sessions list`.',
  },
  ALERT_RULE_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'There is no alert rule with this name.',
    remedy: 'List the rules with `openclaw alerts list`.',
  },
  EVENT_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No event has this position or id.',
    remedy: 'List events with `openclaw events list`.',
  },
  ATTACHMENT_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No attachment has this id.',
    remedy: 'The ids are in the data of the message: `openclaw events show <position>`.',
  },
  ATTACHMENT_GONE: {
    status: 410,
    retryable: false,
    title: 'The bytes of this attachment are not here any more.',
    remedy: 'Nothing to do: its person was erased, its time was over, or it was never kept; the message says which.',
  },
  ATTACHMENT_TOO_LARGE: {
    status: 413,
    retryable: false,
    title: 'The file is larger than the limit.',
    remedy: 'Send a smaller file, or raise attachments.maxSize.',
  },
  ATTACHMENTS_TOO_MANY: {
    status: 413,
    retryable: false,
    title: 'The message has more files than the limit.',
    remedy: 'Send the files in several messages, or raise attachments.maxPerMessage.',
  },
  ATTACHMENTS_FULL: {
    status: 507,
    retryable: true,
    title: 'The attachments take as much of the disk as they may.',
    remedy: 'Raise attachments.quota, or keep messages for a shorter time (gateway.sessions.historyRetention).',
  },
  ATTACHMENT_UNAVAILABLE: {
    status: 502,
    retryable: true,
    title: 'The file could not be fetched from where it is.',
    remedy: 'Ask the sender to send it again.',
  },
  ATTACHMENT_CORRUPT: {
    status: 500,
    retryable: false,
    title: 'The bytes of this attachment are not those that were stored.',
    remedy: 'Restore the attachments folder from a backup, and check with `openclaw audit verify --attachments`.',
  },
  AGENT_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No agent has this name.',
    remedy: 'Use an agent named under `agents.entries`, or `default`.',
  },
  RUN_NOT_FOUND: { status: 404, retryable: false, title: 'No run has this id.', remedy: 'Use the runId that chat.send or agent returned.' },
  CHANNEL_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No channel has this name.',
    remedy: 'List channels with `openclaw channels status`.',
  },
  CHANNEL_EXISTS: {
    status: 409,
    retryable: false,
    title: 'The channel has an account of this name already.',
    remedy: 'Choose another name, or change the account in the configuration.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 409,
    retryable: false,
    title: 'This idempotency key was used before with another request.',
    remedy: 'Use a new key for a new message; reuse a key only to repeat the same one.',
  },
  METHOD_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'The gateway has no such method.',
    remedy: 'Use a method listed in hello-ok.features.methods.',
  },
  POSITION_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'The log does not reach this position or time.',
    remedy: 'Name a position from 1 to the head of the log (`openclaw events list --limit 1`), or a time after its first event.',
  },
  EXPORT_EXISTS: {
    status: 409,
    retryable: false,
    title: 'The folder of the export exists already.',
    remedy: 'Choose another folder, or go on with an interrupted export by --resume.',
  },
  EXPORT_NOT_RESUMABLE: {
    status: 409,
    retryable: false,
    title: 'There is no interrupted export like this one to go on with.',
    remedy: 'Begin it without --resume.',
  },
  EXPORT_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No export has this id.',
    remedy: 'List exports with GET /api/exports; those of earlier starts of the gateway are folders in its state directory.',
  },
  REPLAY_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No replay or imported bundle has this id.',
    remedy: 'The page Replay lists those that are kept, the newest 50; start it again, or import the bundle again.',
  },
  SESSION_EXISTS: {
    status: 409,
    retryable: false,
    title: 'A session has this key already.',
    remedy: 'Give the new session another key.',
  },
  BUNDLE_INVALID: {
    status: 400,
    retryable: false,
    title: 'This is not an intact bundle.',
    remedy: 'Ask for the file again; it was cut, changed or made by something else. Nothing of it was taken.',
  },
  BACKUP_INVALID: {
    status: 400,
    retryable: false,
    title: 'This is not an intact backup.',
    remedy: 'Use another backup: this one was changed, cut or made by something else. Nothing of it was taken.',
  },
  BACKUP_FAILED: {
    status: 500,
    retryable: false,
    title: 'The backup could not be made.',
    remedy: 'Nothing was left behind. Free space or name another folder with --output, and run the command again.',
  },
  RESTORE_REFUSED: {
    status: 409,
    retryable: false,
    title: 'Restoring here would take the place of what is there.',
    remedy: 'Restore into an empty OPENCLAW_STATE_DIR, or add --force: what is there is then moved aside, not deleted.',
  },
  RECORDING_INCOMPLETE: {
    status: 409,
    retryable: false,
    title: 'The recording lacks something that a replay needs.',
    remedy: 'The message names what is missing: erased or archived data cannot be replayed; a configuration can be given with --config.',
  },
  QUERY_INVALID: {
    status: 400,
    retryable: false,
    title: 'The query cannot be read.',
    remedy: 'Correct the marked place; docs/query-language.md lists the fields and how values are written.',
  },
  QUERY_UNBOUNDED: {
    status: 400,
    retryable: false,
    title: 'The query would have to look at every event of a large log.',
    remedy: 'Narrow it by time, or by a type, session, channel or agent.',
  },
  QUERY_CANCELLED: {
    status: 499,
    retryable: true,
    title: 'Whoever asked has gone, so the query was ended.',
    remedy: 'Ask again.',
  },
  // Who is calling
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    title: 'The gateway token is missing.',
    remedy: 'Send `Authorization: Bearer <token>`; `openclaw gateway token` prints it.',
  },
  TOKEN_MISMATCH: {
    status: 401,
    retryable: false,
    title: 'The token is not the one this gateway expects.',
    remedy: "Run `openclaw gateway token` on the gateway's machine and use what it prints.",
  },
  TOKEN_EXPIRED: {
    status: 401,
    retryable: false,
    title: 'The token has expired.',
    remedy: 'Exchange it with POST /api/access/tokens/refresh where that is allowed, or have a new one made: docs/tokens.md.',
  },
  TOKEN_REVOKED: {
    status: 401,
    retryable: false,
    title: 'The token was revoked, or a newer one took its place.',
    remedy: 'Use the newer one, or have one made with `openclaw tokens create`.',
  },
  TOKEN_REUSED: {
    status: 401,
    retryable: false,
    title: 'The token was exchanged before, so somebody has a copy of it. It and all that came of it have ended.',
    remedy: 'Find out who else had it; then have a new one made with `openclaw tokens create`. docs/tokens.md says more.',
  },
  TOKEN_NOT_REFRESHABLE: {
    status: 403,
    retryable: false,
    title: 'The token cannot be exchanged for a new one.',
    remedy: 'Set gateway.auth.token.refreshable to true, or rotate it: `openclaw tokens rotate`, `openclaw gateway token --regenerate`.',
  },
  TOKEN_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'There is no token with this id.',
    remedy: 'List the tokens with `openclaw tokens list`, the devices with `openclaw devices list`.',
  },
  TOKEN_LIMIT: {
    status: 409,
    retryable: false,
    title: 'There are as many tokens as the gateway keeps.',
    remedy: 'Revoke those that nobody needs: `openclaw tokens list` and `openclaw devices list` show when each was last used.',
  },
  PAIRING_REQUIRED: {
    status: 401,
    retryable: false,
    title: 'This device is not approved yet.',
    remedy: 'Approve it with `openclaw devices approve <requestId>` on the machine of the gateway, then connect again.',
  },
  PAIRING_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'No device waits under this id; a request is kept for 10 minutes.',
    remedy: 'Let the device connect again and look with `openclaw devices list`.',
  },
  SIGN_IN_CODE_UNKNOWN: {
    status: 401,
    retryable: false,
    title: 'This gateway did not make this sign-in link.',
    remedy: 'Run `openclaw dashboard` against this gateway for a new link.',
  },
  SIGN_IN_CODE_USED: {
    status: 401,
    retryable: false,
    title: 'This sign-in link was used already.',
    remedy: 'Run `openclaw dashboard` for a new link.',
  },
  SIGN_IN_CODE_EXPIRED: {
    status: 401,
    retryable: false,
    title: 'This sign-in link has expired.',
    remedy: 'Run `openclaw dashboard` for a new link; a link is good for 60 seconds.',
  },
  OAUTH_OFF: {
    status: 404,
    retryable: false,
    title: 'Nobody signs in to this gateway by a provider.',
    remedy: 'Use a link of `openclaw dashboard`, or set gateway.auth.type to "oauth" (docs/sign-in.md).',
  },
  SIGN_IN_NOT_BEGUN: {
    status: 400,
    retryable: false,
    title: 'This sign-in was not begun in this browser within the last ten minutes, or was used already.',
    remedy: 'Begin again on the sign-in page, in one window, and allow cookies for this address.',
  },
  IDENTITY_PROVIDER_UNAVAILABLE: {
    status: 502,
    retryable: true,
    title: 'The provider that signs people in cannot be reached, or does not answer as it should.',
    remedy:
      'Try again in a moment. `openclaw doctor --network` says where the way to it ends; the links of `openclaw dashboard` work without it.',
  },
  IDENTITY_PROVIDER_REFUSED: {
    status: 502,
    retryable: false,
    title: 'The provider refused the sign-in.',
    remedy: 'Try again. If it stays, compare gateway.auth.oauth with what the provider knows of this gateway (docs/sign-in.md).',
  },
  IDENTITY_NOT_PROVED: {
    status: 401,
    retryable: false,
    title: 'What the provider sent does not prove who signed in.',
    remedy: "Begin again on the sign-in page. If it stays, the gateway's log says what did not hold; a wrong clock is the usual cause.",
  },
  IDENTITY_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    title: 'This account may not use this gateway.',
    remedy: 'Take another account, or ask whoever runs the gateway: its log says which key of the configuration decided.',
  },
  ACCESS_TOKEN_REFUSED: {
    status: 401,
    retryable: false,
    title: 'This access token is not, or no longer, good.',
    remedy: 'Sign in and ask for a new one with POST /auth/token.',
  },
  SIGN_IN_REFUSED: {
    status: 401,
    retryable: false,
    title: 'The user name, the password or the code is wrong.',
    remedy: 'Try again; somebody with access to the machine can set a new password with `openclaw users reset-password <name>`.',
  },
  TOTP_REQUIRED: {
    status: 401,
    retryable: false,
    title: 'The password is right; the code of the authenticator app is missing.',
    remedy: 'Send the six digits that the app shows, or a recovery code.',
  },
  SIGN_IN_DELAYED: {
    status: 429,
    retryable: true,
    title: 'Too many sign-ins failed here, so the next one has to wait.',
    remedy: 'Wait for the time in Retry-After, or sign in by a link: `openclaw users sign-in-link <name>`.',
  },
  STEP_UP_REQUIRED: {
    status: 403,
    retryable: false,
    title: 'This needs a proof of who you are that is not older than five minutes.',
    remedy: 'Send your password, the code of your app or a new sign-in link to POST /auth/step-up, then repeat the call.',
  },
  PASSWORD_REFUSED: {
    status: 400,
    retryable: false,
    title: 'The password cannot be taken.',
    remedy: 'Choose one of 12 to 256 characters that is no name, no row of keys and no common password.',
  },
  TOTP_CODE_WRONG: {
    status: 400,
    retryable: false,
    title: 'The code is not the one that the authenticator app shows now, or it was used before.',
    remedy: "Wait for the next code; if none is taken, compare the clock of the phone with the gateway's.",
  },
  USER_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No user has this name.',
    remedy: 'List the users with `openclaw users list`.',
  },
  USER_EXISTS: {
    status: 409,
    retryable: false,
    title: 'A user has this name already.',
    remedy: 'Choose another name; `openclaw users list` shows those that are taken.',
  },
  OWNER_PROTECTED: {
    status: 409,
    retryable: false,
    title: 'The owner of the gateway stays an admin who can sign in.',
    remedy:
      "Change another user; the owner's access ends by `openclaw gateway token --regenerate` and `openclaw logins revoke --all --user owner`.",
  },
  LOGIN_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No login session has this id.',
    remedy: 'List them with `openclaw logins list`.',
  },
  SIGNATURE_MISSING: {
    status: 401,
    retryable: false,
    title: 'The webhook request is not signed.',
    remedy: 'Send x-openclaw-timestamp and x-openclaw-signature; see docs/webhooks.md.',
  },
  SIGNATURE_INVALID: {
    status: 401,
    retryable: false,
    title: 'The webhook signature does not match the body.',
    remedy: "Sign `<timestamp>.<raw body>` with HMAC-SHA256 and the hook's secret.",
  },
  SIGNATURE_EXPIRED: {
    status: 401,
    retryable: false,
    title: "The webhook timestamp is too far from the gateway's clock.",
    remedy: 'Send the current Unix time in seconds and check both clocks.',
  },
  WEBHOOK_REPLAYED: {
    status: 409,
    retryable: false,
    title: 'This signed webhook request was received before.',
    remedy: 'Sign each request anew; a repeated delivery needs no second request.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    title: 'The page that calls is not from this gateway.',
    remedy: "Open the dashboard at the gateway's own address, or add the origin to gateway.auth.cors.origins.",
  },
  SENDER_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    title: 'The sender may not write to this gateway.',
    remedy: 'Add the sender to channels.<channel>.allowFrom.',
  },
  SENDER_UNPAIRED: {
    status: 403,
    retryable: false,
    title: 'The sender is not known yet, and is told a code.',
    remedy: 'Look who waits with `openclaw pairing list`, then `openclaw pairing approve <code>` or `reject <code>`.',
  },
  NOT_ADDRESSED: {
    status: 403,
    retryable: false,
    title: 'The message of a group does not speak to the agent.',
    remedy: 'Mention the agent, or answer it. channels.<channel>.requireMention: false lets it hear everything.',
  },
  PAIRING_CODE_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'Nobody waits under this pairing code; a code is good once, for an hour.',
    remedy: 'Look who waits with `openclaw pairing list`; whoever wrote can write again for a new code.',
  },
  VIEW_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'There is no saved view of this name.',
    remedy: 'Look at the names with `openclaw views list`.',
  },
  VIEW_NAME_TAKEN: {
    status: 409,
    retryable: false,
    title: 'This name belongs to a view of somebody else, or to one that is always there.',
    remedy: 'Choose another name; `openclaw views list` shows those that are taken.',
  },
  VIEWS_FULL: {
    status: 409,
    retryable: false,
    title: 'As many views are saved as there may be.',
    remedy: 'Remove one with `openclaw views remove <name>` first.',
  },
  PUSH_SUBSCRIPTION_INVALID: {
    status: 400,
    retryable: false,
    title: 'The browser’s push subscription cannot be used.',
    remedy: 'Turn notifications off and on again in this browser; the message says what was expected.',
  },
  PUSH_SERVICE_UNKNOWN: {
    status: 502,
    retryable: true,
    title: 'The gateway cannot find the push service of this browser.',
    remedy: 'Let the gateway’s machine look up and reach the host in the message over HTTPS.',
  },
  PUSH_NEEDS_LOGIN: {
    status: 403,
    retryable: false,
    title: 'Only a browser in which a user is signed in can be notified.',
    remedy: 'Sign in as a user; tokens and gateways without sign-in have no browser to tell.',
  },
  PUSH_FULL: {
    status: 409,
    retryable: false,
    title: 'As many browsers are notified as there may be.',
    remedy: 'Remove one under Access, Account.',
  },
  PUSH_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'No browser of yours is notified under this id.',
    remedy: 'Look at the list under Access, Account; it may have been removed already.',
  },
  PAIRING_SENDER_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'This sender was not let in by pairing.',
    remedy: 'Look who was with `openclaw pairing list`; those in allowFrom are taken out in the configuration.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    title: 'The caller may not do this.',
    remedy: 'Connect with a role and scopes that allow it.',
  },
  ADDRESS_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    title: 'Nobody may connect from this address.',
    remedy: 'Add its network to gateway.security.networkIsolation.allowedInbound.',
  },
  PROTOCOL_UNSUPPORTED: {
    status: 400,
    retryable: false,
    title: 'Client and gateway have no protocol version in common.',
    remedy: 'Use a client that speaks protocol 4.',
  },
  // What the gateway calls
  EGRESS_REFUSED: {
    status: 403,
    retryable: false,
    title: 'The gateway may not connect to this address.',
    remedy:
      'Look at the rule in the message; gateway.security.networkIsolation.allowedOutbound makes exceptions, blockedOutbound blocks. See docs/network.md.',
  },
  // The firewall of the machine
  FIREWALL_NEEDS_ROOT: {
    status: 403,
    retryable: false,
    title: 'Only root may change the firewall of this machine.',
    remedy: 'Run the command with sudo.',
  },
  FIREWALL_LOCKS_OUT: {
    status: 409,
    retryable: false,
    title: 'With these rules nobody could sign in again the way that this command was typed.',
    remedy: 'Add a rule that allows the named source, or --force if you have another way in. Nothing was changed.',
  },
  FIREWALL_FAILED: {
    status: 500,
    retryable: false,
    title: 'The firewall of this machine did not take the rules.',
    remedy: 'The message has its own words. `openclaw gateway firewall plan` prints what was tried. Nothing of it is in force.',
  },
  // What the gateway depends on
  LOG_UNAVAILABLE: {
    status: 503,
    retryable: true,
    title: 'The event log cannot be written.',
    remedy: 'Check the disk that holds the state directory; the gateway stops and reads the truth again on start.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    title: 'The database that holds the event log cannot be reached.',
    remedy: 'Check that PostgreSQL runs and that `gateway.database.url` is right; the gateway goes on by itself as soon as it answers.',
  },
  LOG_FENCED: {
    status: 503,
    retryable: true,
    title: 'Another instance has taken over, so this one may not write any more.',
    remedy: 'Nothing: this one starts anew and stands by. Look at `openclaw gateway instances` when it happens often.',
  },
  NO_LEADER: {
    status: 503,
    retryable: true,
    title: 'No instance of the gateway serves just now.',
    remedy: 'Try again after a moment: another one takes over within ten seconds.',
  },
  LOG_MISMATCH: {
    status: 500,
    retryable: false,
    title: 'The state directory holds another log than the database.',
    remedy:
      'Give this instance a state directory of its own, or bring its log into the database first: `openclaw log move --to postgres://…`.',
  },
  LOG_MOVED: {
    status: 503,
    retryable: false,
    title: 'The event log was moved elsewhere, so nothing is added here any more.',
    remedy: 'Set `gateway.database.url` to where it is now, or bring it back with `openclaw log move`.',
  },
  LOG_OVERLOADED: { status: 503, retryable: true, title: 'Too many events wait to be written.', remedy: 'Try again after a moment.' },
  AUDIT_UNAVAILABLE: {
    status: 503,
    retryable: true,
    title: 'The audit trail cannot be written, so nothing is done or shown that belongs in it.',
    remedy: 'Look at the disk and at `openclaw health --detailed`; it goes on by itself as soon as the log takes events again.',
  },
  LOG_LOCKED: {
    status: 503,
    retryable: false,
    title: 'Another process owns this state directory.',
    remedy: 'Stop the other gateway, or give this one its own OPENCLAW_STATE_DIR.',
  },
  LOG_CORRUPT: {
    status: 500,
    retryable: false,
    title: 'The event log does not read as it was written.',
    remedy: 'Stop the gateway and restore a backup; do not edit the file.',
  },
  LOG_CONTRADICTED: {
    status: 500,
    retryable: false,
    title: 'The event log is not the one that an earlier checkpoint was signed for.',
    remedy: 'Run `openclaw audit verify` with a witness; restore a backup when events were changed or cut off.',
  },
  LOG_NOT_DURABLE: {
    status: 500,
    retryable: false,
    title: 'SQLite did not accept synchronous=FULL, so an acknowledged message could be lost.',
    remedy: 'Report this with the SQLite version; the gateway does not start without it.',
  },
  MASTER_KEY_MISMATCH: {
    status: 500,
    retryable: false,
    title: 'The keys of this state directory are wrapped with another master key than OPENCLAW_MASTER_KEY.',
    remedy: 'Set OPENCLAW_MASTER_KEY to the 64 hexadecimal digits that were in force when the keys were made.',
  },
  LEGAL_HOLD: {
    status: 409,
    retryable: false,
    title: 'A legal hold keeps this data.',
    remedy: 'See `openclaw data hold list`; the hold must be removed before the data can be.',
  },
  SUBJECT_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'The log holds nothing of this person.',
    remedy: 'Name the person as channel:id, as the channel names the sender, or by the `sub_…` in the metadata of an event.',
  },
  LOG_TOO_NEW: {
    status: 500,
    retryable: false,
    title: 'The state directory was written by a newer program.',
    remedy: 'Install the newer version again, or use another OPENCLAW_STATE_DIR.',
  },
  LOG_TOO_OLD: {
    status: 500,
    retryable: false,
    title: 'The state directory was written by an older program and has not been brought up to date.',
    remedy: 'Start the gateway once (`openclaw gateway start`): it brings the files up to date, then run the command again.',
  },
  DISK_LOW: {
    status: 503,
    retryable: true,
    title: 'The disk is nearly full, so new messages are refused.',
    remedy: 'Free space on the disk that holds the state directory.',
  },
  OVERLOADED: {
    status: 503,
    retryable: true,
    title: 'Too many messages wait for an answer.',
    remedy: 'Try again after the time in Retry-After.',
  },
  SHUTTING_DOWN: { status: 503, retryable: true, title: 'The gateway is stopping.', remedy: 'Try again once it is back.' },
  STARTING: { status: 503, retryable: true, title: 'The gateway is starting.', remedy: 'Wait until /readyz answers 200.' },
  SAFE_MODE: {
    status: 503,
    retryable: true,
    title: 'The gateway is in safe mode: it takes no messages and calls no model.',
    remedy: 'Correct what made it crash (see `openclaw gateway status`), then run `openclaw gateway restart --normal`.',
  },
  SERVICE_MANAGER_UNAVAILABLE: {
    status: 500,
    retryable: false,
    title: 'The service manager does not answer.',
    remedy: 'Use another with `openclaw gateway install --manager background`.',
  },
  SERVICE_FAILED: {
    status: 500,
    retryable: false,
    title: 'The service manager did not do what it was asked for.',
    remedy: "Read the service manager's message above.",
  },
  SERVICE_TAKEN: {
    status: 409,
    retryable: false,
    title: 'The service is installed for another state directory.',
    remedy: 'Uninstall it there, or put this one in its place with --force.',
  },
  VIEW_UNAVAILABLE: {
    status: 503,
    retryable: true,
    title: 'A view of the log cannot be read.',
    remedy: 'Stop the gateway, delete state/views.db and state/words.db, and start: they are built again from the log.',
  },
  VIEW_STOPPED: {
    status: 503,
    retryable: false,
    title: 'A view of the log stopped at an event that it could not take.',
    remedy:
      '`openclaw doctor` says why. A newer version of the program may be needed; `openclaw gateway stop`, `openclaw doctor --fix` and `openclaw gateway start` build the views anew.',
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    retryable: true,
    title: 'The answer did not come in time.',
    remedy: 'Ask again; the message is kept and goes on.',
  },
  // Extensions
  EXTENSION_INVALID: {
    status: 422,
    retryable: false,
    title: 'This is no extension that can be installed.',
    remedy: 'See docs/extensions.md for what a package must have.',
  },
  EXTENSION_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No extension has this name.',
    remedy: 'List them with `openclaw extensions list`.',
  },
  EXTENSION_EXISTS: {
    status: 409,
    retryable: false,
    title: 'An extension of this name is installed.',
    remedy: 'Remove it first with `openclaw extensions remove`.',
  },
  EXTENSION_CHANGED: {
    status: 500,
    retryable: false,
    title: 'The files of an extension are not those that were installed.',
    remedy: 'Remove it and add it again; find out who changed the files.',
  },
  EXTENSION_DOWN: {
    status: 503,
    retryable: true,
    title: 'The process of an extension does not run.',
    remedy: 'It is started again by itself; `openclaw extensions list` says why it ended.',
  },
  EXTENSION_FAILED: { status: 502, retryable: true, title: 'An extension failed.', remedy: 'Read its message, and ask its author.' },
  EXTENSION_TIMEOUT: {
    status: 504,
    retryable: true,
    title: 'An extension did not answer in time.',
    remedy: 'Try again; when it stays away it is ended and started again.',
  },
  EXTENSION_MISBEHAVED: {
    status: 502,
    retryable: true,
    title: 'An extension passed a limit and was ended.',
    remedy: 'Read the details, and ask its author; docs/extensions.md has the limits.',
  },
  // The agent and its models
  MODEL_NOT_CONFIGURED: {
    status: 500,
    retryable: false,
    title: "The agent's model names a provider that is not configured.",
    remedy: 'Add the provider under models.providers, or change agents.defaults.model.',
  },
  MODEL_UNAUTHORIZED: {
    status: 502,
    retryable: false,
    title: 'The model provider refused the API key.',
    remedy: 'Check models.providers.<name>.apiKey.',
  },
  MODEL_REFUSED: {
    status: 502,
    retryable: false,
    title: 'The model provider refused the request.',
    remedy: "Read the provider's message in the details.",
  },
  MODEL_NOT_FOUND: {
    status: 502,
    retryable: false,
    title: 'The model provider does not have this model.',
    remedy: "Correct the agent's model, or get the model where the provider runs: `ollama pull <model>`. The provider lists what it has.",
  },
  MODEL_WITHOUT_TOOLS: {
    status: 502,
    retryable: false,
    title: 'The model cannot call tools.',
    remedy: "Leave the agent's `tools` empty, or give it a model that can.",
  },
  MODEL_BUSY: {
    status: 503,
    retryable: true,
    title: 'The model provider is loading the model, or too many requests wait for it.',
    remedy: 'Wait: it is tried again by itself. When it happens often, let the provider take more requests, or add endpoints.',
  },
  MODEL_RATE_LIMITED: {
    status: 429,
    retryable: true,
    title: 'The model provider is limiting requests.',
    remedy: 'Try again later; the gateway has retried already.',
  },
  MODEL_UNAVAILABLE: {
    status: 502,
    retryable: true,
    title: 'The model provider cannot be reached.',
    remedy: 'Check models.providers.<name>.baseUrl and that the server runs.',
  },
  MODEL_TIMEOUT: { status: 504, retryable: true, title: 'The model did not answer in time.', remedy: 'Try again, or use a faster model.' },
  MODEL_BAD_RESPONSE: {
    status: 502,
    retryable: true,
    title: 'The model provider sent something that is not an answer.',
    remedy: 'Check that models.providers.<name>.api fits the server.',
  },
  MODEL_CIRCUIT_OPEN: {
    status: 503,
    retryable: true,
    title: 'The model failed again and again and is left alone for a while.',
    remedy: 'See the earlier failures of its endpoints; it is tried again by itself.',
  },
  MODEL_OVERTAKEN: {
    status: 504,
    retryable: true,
    title: 'Another endpoint was quicker to answer.',
    remedy:
      'Nothing to do: the answer came from the other one. When it happens often, the endpoint is slow or models.providers.<name>.hedgeAfter too short.',
  },
  MODEL_INTERRUPTED: {
    status: 502,
    retryable: true,
    title: 'The gateway stopped while the model was answering.',
    remedy: 'Nothing to do: the model is asked again.',
  },
  BUDGET_SPENT: {
    status: 409,
    retryable: false,
    title: 'The budget of this replay is spent.',
    remedy: 'Give it more with --budget, --max-requests or --max-cost; a limit in dollars needs models that have a price.',
  },
  BUDGET_EXCEEDED: {
    status: 402,
    retryable: false,
    title: 'A budget is used up.',
    remedy: 'Wait for the next day, or raise it under budgets: `openclaw budgets` shows what is used.',
  },
  SESSION_QUARANTINED: {
    status: 423,
    retryable: false,
    title: 'The conversation is in quarantine, because it could not be answered.',
    remedy:
      'Look at it with `openclaw sessions show <id>`, then let it go on with `openclaw sessions release <id>`, with --forget if it is the conversation itself.',
  },
  CONVERSATION_BROKEN: {
    status: 500,
    retryable: false,
    title: 'The conversation cannot be shown to a model.',
    remedy: 'Begin anew with `openclaw sessions release <id> --forget`, and report it with a bundle: openclaw events export.',
  },
  RUN_CRASHES: {
    status: 500,
    retryable: false,
    title: 'The gateway ended again and again while it answered this message.',
    remedy: 'Look for the cause in the logs, then let the conversation go on with `openclaw sessions release <id>`.',
  },
  CONTEXT_TOO_LONG: {
    status: 413,
    retryable: false,
    title: 'The message with what belongs to it is longer than the model can take.',
    remedy:
      'Send less at once, say under agents.defaults.contextWindow how much the model takes, or give the agent a model that takes more.',
  },
  RUN_STEPS_EXCEEDED: {
    status: 500,
    retryable: false,
    title: 'The agent used its most steps without an answer.',
    remedy: 'Ask a smaller question.',
  },
  RUN_ABORTED: {
    status: 499,
    retryable: false,
    title: 'The run was cancelled.',
    remedy: 'Send the message again when you want an answer.',
  },
  TOOL_UNKNOWN: {
    status: 404,
    retryable: false,
    title: 'The agent has no such tool.',
    remedy: 'Allow the tool under tools.allow, or correct its name.',
  },
  TOOL_DENIED: {
    status: 403,
    retryable: false,
    title: 'The tool policy denies this call.',
    remedy: 'Change tools.allow or tools.deny if the agent should use it.',
  },
  TOOL_BAD_ARGUMENTS: {
    status: 400,
    retryable: false,
    title: 'The tool was called with arguments it does not take.',
    remedy: 'The model is told and may try again.',
  },
  TOOL_FAILED: { status: 500, retryable: false, title: 'The tool failed.', remedy: 'The model is told; see the event for the cause.' },
  BROWSER_NOT_FOUND: {
    status: 500,
    retryable: false,
    title: 'There is no browser for the browser tools.',
    remedy: 'Install Chromium, Chrome or Edge, or name its program in tools.browser.executable. See docs/tools.md.',
  },
  TOOL_REPEATED: {
    status: 409,
    retryable: false,
    title: 'The same tool calls were made again and again and gave nothing new.',
    remedy: 'The model is told and may do something else; agents.defaults.maxRepeats says how often is too often.',
  },
  APPROVAL_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No tool call waits for approval under this code.',
    remedy: 'It may have been decided, cancelled or denied by time; `openclaw approvals list` shows what waits.',
  },
  APPROVAL_SAME_PERSON: {
    status: 409,
    retryable: false,
    title: 'You have said yes to this call already; it needs a second person.',
    remedy: 'Somebody else says yes, or anybody says no. All that one person signs in with or writes from counts as that person.',
  },
  APPROVAL_PERSON_UNKNOWN: {
    status: 403,
    retryable: false,
    title: 'This call needs two people, and who you are is not known here.',
    remedy: 'Sign in as a user, or use a token. Where gateway.auth.type is "disabled" nobody can be told from another.',
  },
  APPROVAL_RULE_NEEDS_TWO: {
    status: 409,
    retryable: false,
    title: 'A rule for such calls is written when both people say so; the first did not.',
    remedy: 'Approve this call alone, or deny it. The next such call can be allowed for always by both.',
  },
  APPROVAL_RULE_IMPOSSIBLE: {
    status: 409,
    retryable: false,
    title: 'No rule can say exactly this call, so none is written for it.',
    remedy: 'A value has a * or ?, or is empty. Approve the call once, or write a rule of your own into tools.rules.',
  },
  APPROVAL_EXPIRED: {
    status: 403,
    retryable: false,
    title: 'Nobody decided about this call in time, so it is denied.',
    remedy: 'Ask again, or give people more time: tools.approvals.timeout.',
  },
  TOOL_INTERRUPTED: {
    status: 500,
    retryable: false,
    title: 'The gateway stopped while the tool ran, so its effect is unknown.',
    remedy: 'Look at what the tool did before asking for it again.',
  },
  // Channels
  CHANNEL_UNAVAILABLE: {
    status: 502,
    retryable: true,
    title: "The channel's service cannot be reached.",
    remedy: 'Check the network; delivery is tried again by itself.',
  },
  CHANNEL_UNAUTHORIZED: {
    status: 502,
    retryable: false,
    title: "The channel's service refused the credentials.",
    remedy: 'Check the token under channels.<channel>.',
  },
  CHANNEL_REFUSED: {
    status: 502,
    retryable: false,
    title: "The channel's service refused the message.",
    remedy: "Read the service's message in the details.",
  },
  CHANNEL_RATE_LIMITED: {
    status: 429,
    retryable: true,
    title: "The channel's service is limiting requests.",
    remedy: 'Delivery is tried again after the time the service names.',
  },
  CHANNEL_WINDOW_CLOSED: {
    status: 502,
    retryable: false,
    title: 'The service takes no more answer to a message this old.',
    remedy: 'Wait until the person writes again, or send them a template by other means.',
  },
  CHANNEL_CALL_NOT_TAKEN: {
    status: 503,
    retryable: true,
    title: 'What the service brought could not be stored.',
    remedy: 'Nothing to do: the service brings it again.',
  },
  CHANNEL_BAD_UPDATE: {
    status: 400,
    retryable: false,
    title: 'The channel sent something that is not a message.',
    remedy: 'Nothing to do: it is recorded and skipped.',
  },
  CHANNEL_HELD: {
    status: 503,
    retryable: true,
    title: 'The channel account is paused or takes nothing new.',
    remedy: '`openclaw channels resume <channel>/<account>` lets it go on. Nothing is lost: what waits is taken and sent then.',
  },
  CHANNEL_STALE: {
    status: 502,
    retryable: true,
    title: 'The channel account brought nothing for longer than usual, and does not answer a probe.',
    remedy: 'It is connected anew by itself. `openclaw channels status --probe` shows at which step it ends.',
  },
  CHANNEL_NO_NETWORK: {
    status: 502,
    retryable: true,
    title: "There is no way over the network to the channel's service.",
    remedy:
      'Is this machine online, and does its name server answer (`getent hosts <host>`)? Then look at firewalls and at a proxy in between. It is tried again by itself.',
  },
  CHANNEL_TLS: {
    status: 502,
    retryable: true,
    title: "The encryption of the channel's service cannot be trusted.",
    remedy:
      'Set the clock, and look who is in between: `openssl s_client -connect <host>:443 -servername <host>`. NODE_EXTRA_CA_CERTS names an authority of your own.',
  },
  CHANNEL_CLOCK_SKEW: {
    status: 502,
    retryable: true,
    title: "The clock of this machine and that of the channel's service differ too much.",
    remedy: 'Set the clock: `timedatectl set-ntp true`, and look at `timedatectl status`.',
  },
  CHANNEL_FORBIDDEN: {
    status: 502,
    retryable: false,
    title: "The channel's service does not allow the account what it needs.",
    remedy: 'Grant the permission that the message names where the account was made, then probe again.',
  },
  CHANNEL_WEBHOOK_MISSING: {
    status: 502,
    retryable: false,
    title: "The channel's service does not send its messages to this gateway.",
    remedy:
      'Register the address that the message names with the service, or start the account again: `openclaw channels resume <channel>`.',
  },
  DEAD_LETTER_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'No reply of this message waits to be sent again.',
    remedy: 'List those that do with `openclaw channels dead-letters list`; one that was sent again or discarded is no longer among them.',
  },
  DELIVERY_UNCERTAIN: {
    status: 500,
    retryable: false,
    title: 'The gateway stopped while the reply was being sent, so it may or may not have arrived.',
    remedy: 'Look in the chat whether it arrived. If not: its text is in the session on the dashboard; or have the sender ask again.',
  },
  // Configuration, command line, process
  CONFIG_SYNTAX: {
    status: 400,
    retryable: false,
    title: 'The configuration file is not JSON5.',
    remedy: 'Correct the named line; the last good configuration stays in force.',
  },
  CONFIG_INVALID: {
    status: 400,
    retryable: false,
    title: 'The configuration has a key or value that is not allowed.',
    remedy: 'Correct the named keys; the last good configuration stays in force.',
  },
  CONFIG_ENV_MISSING: {
    status: 400,
    retryable: false,
    title: 'The configuration names an environment variable that is not set.',
    remedy: 'Set the variable, or write the value.',
  },
  CONFIG_SECRET_FILE: {
    status: 400,
    retryable: false,
    title: 'A file that the configuration refers to for a secret cannot be used.',
    remedy: 'Put the secret into the named file, readable by the user who runs the gateway.',
  },
  CONFIG_CONFLICT: {
    status: 409,
    retryable: true,
    title: 'The configuration changed since it was read.',
    remedy: 'Read it again and repeat the change. `openclaw config file --hash` prints the hash of the file as it is.',
  },
  CONFIG_SECRET_UNKNOWN: {
    status: 409,
    retryable: false,
    title: 'An earlier configuration needs secrets that the log does not keep.',
    remedy: 'Set the named keys, then roll back again.',
  },
  CONFIG_NO_TRIAL: {
    status: 409,
    retryable: false,
    title: 'No configuration is on trial.',
    remedy: 'It was confirmed or undone already; `openclaw config history` shows what became of it.',
  },
  CONFIG_EXISTS: {
    status: 409,
    retryable: false,
    title: 'There is a configuration already.',
    remedy: 'Look at what would be written with --dry-run; --force replaces the configuration and keeps the old one as .bak.',
  },
  CONFIG_DIFFERS: {
    status: 409,
    retryable: false,
    title: 'The configuration says otherwise already.',
    remedy: 'Nothing was changed. Leave out what is to stay, or add --force to change it.',
  },
  CONFIG_KEY_UNSET: {
    status: 404,
    retryable: false,
    title: 'The key is not set.',
    remedy: '`openclaw config get` without a key shows all that are.',
  },
  CONFIG_UNREADABLE: {
    status: 500,
    retryable: false,
    title: 'The configuration file cannot be read.',
    remedy: 'Check that the file exists and who may read it.',
  },
  CERTIFICATE_INVALID: {
    status: 500,
    retryable: false,
    title: 'The certificate, its private key or its authorities cannot be used.',
    remedy: 'Correct the named file, or the key of the configuration that names it. A running gateway takes it up by itself.',
  },
  CERTIFICATE_PENDING: {
    status: 503,
    retryable: true,
    title: 'The gateway has no certificate yet, so it cannot serve HTTPS.',
    remedy: 'Wait a minute; if it stays, `openclaw events list --type certificate.*` says why.',
  },
  CERTIFICATE_NOT_ISSUED: {
    status: 502,
    retryable: true,
    title: 'The authority issued no certificate.',
    remedy: 'Check that the domain points to this machine and that port 80 reaches it. The gateway tries again by itself.',
  },
  CERTIFICATE_UNTRUSTED: {
    status: 502,
    retryable: false,
    title: "What answers at the gateway's address shows a certificate that is not the gateway's own.",
    remedy: 'Look what listens on this port with `openclaw gateway status`.',
  },
  PORT_TAKEN: {
    status: 500,
    retryable: false,
    title: 'Another process listens on the port.',
    remedy: 'Stop it, choose another with --port, or let --force end it.',
  },
  // Remote access
  TAILSCALE_NOT_INSTALLED: {
    status: 503,
    retryable: true,
    title: 'Tailscale is not installed on this machine.',
    remedy: 'Install it (https://tailscale.com/download) and sign in with `sudo tailscale up`; or set gateway.tailscale.enabled to false.',
  },
  TAILSCALE_NOT_RUNNING: {
    status: 503,
    retryable: true,
    title: 'Tailscale is installed, but its service tailscaled does not run.',
    remedy: 'Start it: `sudo systemctl enable --now tailscaled` on Linux, the Tailscale app on macOS. The gateway tries again by itself.',
  },
  TAILSCALE_LOGGED_OUT: {
    status: 503,
    retryable: true,
    title: 'This machine is not signed in to a tailnet.',
    remedy: 'Run `sudo tailscale up` and open the address that it prints. The gateway tries again by itself.',
  },
  TAILSCALE_STOPPED: {
    status: 503,
    retryable: true,
    title: 'This machine is signed in to a tailnet but not connected to it.',
    remedy: 'Connect it with `sudo tailscale up`. The gateway tries again by itself.',
  },
  TAILSCALE_FORBIDDEN: {
    status: 503,
    retryable: true,
    title: 'The user whom the gateway runs as may not change what Tailscale does.',
    remedy: 'Run once: `sudo tailscale set --operator=$USER`, as that user. The gateway tries again by itself.',
  },
  TAILSCALE_PORT_TAKEN: {
    status: 503,
    retryable: true,
    title: 'Tailscale serves something else on the port that the gateway is to be published on.',
    remedy: '`tailscale serve status` shows what it is; end it with `tailscale serve --https=443 off`. The gateway tries again by itself.',
  },
  TAILSCALE_FUNNEL_NOT_ALLOWED: {
    status: 503,
    retryable: true,
    title: 'The tailnet does not allow this machine to use Funnel.',
    remedy:
      'Give it the node attribute "funnel" in the access controls (https://login.tailscale.com/admin/acls), or set gateway.tailscale.funnel.enabled to false.',
  },
  TAILSCALE_HTTPS_OFF: {
    status: 503,
    retryable: true,
    title: 'HTTPS certificates are not turned on in the tailnet.',
    remedy: 'Turn them on at https://login.tailscale.com/admin/dns . The gateway tries again by itself.',
  },
  TAILSCALE_FAILED: {
    status: 503,
    retryable: true,
    title: 'Tailscale did not do what it was asked.',
    remedy: 'Look at `tailscale status` and `tailscale serve status`. The gateway tries again by itself.',
  },
  GATEWAY_UNREACHABLE: {
    status: 503,
    retryable: true,
    title: 'No gateway answers at this address.',
    remedy: 'Start it with `openclaw gateway start`, or `openclaw gateway run` to see its output.',
  },
  USAGE: { status: 400, retryable: false, title: 'The command was not understood.', remedy: 'Run it with --help.' },
  INTERNAL: {
    status: 500,
    retryable: false,
    title: 'Something went wrong inside the gateway.',
    remedy: 'Look in the log for the correlation id; report it if it stays.',
  },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** What may leave the process about an error: no stack, no cause, no secret. */
export type ErrorBody = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly remedy: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

type ErrorOptions = {
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** The HTTP status, where the configuration says another than the registry. */
  readonly status?: number;
};

/**
 * The one error class: a code from the registry, a message that is safe to show, and details.
 * @example throw new GatewayError('BODY_TOO_LARGE', { details: { limitBytes: 1048576 } })
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly status: number;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.message ?? ERRORS[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.status = options.status ?? ERRORS[code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }

  toBody(): ErrorBody {
    const body = { code: this.code, message: this.message, retryable: this.retryable, remedy: this.remedy };
    return this.details ? { ...body, details: this.details } : body;
  }

  /** The error again on the other side of a worker or a socket. */
  static fromBody(body: Pick<ErrorBody, 'code' | 'message' | 'details'>): GatewayError {
    return new GatewayError(body.code, body.details ? { message: body.message, details: body.details } : { message: body.message });
  }
}

/** Any throw as a `GatewayError`; what is not one already becomes `INTERNAL` with the original as its cause. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError('INTERNAL', { cause: thrown });
}
