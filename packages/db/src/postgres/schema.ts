/** The tables of a log that several instances share. All of it lies in the schema `openclaw` of the database. */

/**
 * `log_head` is the one row that orders all appends: who has locked it gives the next positions, so that the order of positions is the order
 * of commits and no reader ever finds a gap. `epoch` says whose turn it is to serve (`leadership.ts`);
 * with `moved_to` the log is elsewhere now and takes nothing more.
 */
const LOG_1 = [
  `CREATE TABLE openclaw.log_head (
     id int PRIMARY KEY CHECK (id = 1),
     position bigint NOT NULL,
     time bigint NOT NULL,
     hash bytea NOT NULL,
     epoch bigint NOT NULL,
     moved_to text
   )`,
  `INSERT INTO openclaw.log_head VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'), 0, NULL)`,
  `CREATE TABLE openclaw.streams (
     stream_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     stream_id text NOT NULL UNIQUE,
     version bigint NOT NULL
   )`,
  `CREATE TABLE openclaw.events (
     position bigint PRIMARY KEY,
     stream_no bigint NOT NULL,
     version bigint NOT NULL,
     type text NOT NULL,
     schema_version int NOT NULL,
     time bigint NOT NULL,
     event_id bytea NOT NULL,
     metadata text NOT NULL,
     data_hash bytea NOT NULL,
     hash bytea NOT NULL,
     data bytea,
     sealed bytea,
     UNIQUE (stream_no, version)
   )`,
  `CREATE TABLE openclaw.idempotency (
     key text PRIMARY KEY,
     position bigint NOT NULL,
     count int NOT NULL,
     request_hash text NOT NULL
   )`,
  'CREATE TABLE openclaw.secrets (name text PRIMARY KEY, value bytea NOT NULL)',
  'CREATE TABLE openclaw.subject_keys (subject text PRIMARY KEY, key bytea NOT NULL, created_at bigint NOT NULL)',
  // Each instance has copies of keys and bodies; here it learns which to destroy, in this order: a key, or the bodies of some events.
  `CREATE TABLE openclaw.removals (
     no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     subject text,
     made_until bigint,
     positions bigint[]
   )`,
  `CREATE FUNCTION openclaw.events_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_OP = 'UPDATE' AND NEW.data IS NULL AND NEW.sealed IS NULL
        AND (NEW.position, NEW.stream_no, NEW.version, NEW.type, NEW.schema_version, NEW.time, NEW.event_id, NEW.metadata, NEW.data_hash, NEW.hash)
          = (OLD.position, OLD.stream_no, OLD.version, OLD.type, OLD.schema_version, OLD.time, OLD.event_id, OLD.metadata, OLD.data_hash, OLD.hash)
     THEN RETURN NEW; END IF;
     RAISE EXCEPTION 'events are final';
   END $$`,
  `CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE ON openclaw.events FOR EACH ROW EXECUTE FUNCTION openclaw.events_are_final()`,
  // What the leader keeps in files of its state directory and the next leader needs.
  'CREATE TABLE openclaw.files (name text PRIMARY KEY, content bytea NOT NULL)',
  `CREATE TABLE openclaw.instances (
     instance_id text PRIMARY KEY,
     name text NOT NULL,
     address text NOT NULL,
     version text NOT NULL,
     state text NOT NULL,
     position bigint NOT NULL,
     started_at timestamptz NOT NULL,
     seen_at timestamptz NOT NULL
   )`,
  `CREATE TABLE openclaw.leadership (
     id int PRIMARY KEY CHECK (id = 1),
     instance_id text NOT NULL,
     epoch bigint NOT NULL,
     renewed_at timestamptz NOT NULL
   )`,
];

/** `MIGRATIONS[n]` brings a database from version n to n + 1. */
export const MIGRATIONS: readonly (readonly string[])[] = [LOG_1];
