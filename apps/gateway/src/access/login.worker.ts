/** The worker thread behind login-thread.ts: everything that `auth.db` is for. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { openLoginDatabase } from './people/login-database.ts';
import { createLoginStore } from './people/login-store.ts';
import type { LoginAnswer, LoginOperation, LoginOperations, ToLogin } from './people/operations.ts';
import { createPasswords, TooManyPasswords } from './people/passwords.ts';
import { createSecondFactor } from './people/second-factor.ts';

const database = openLoginDatabase((workerData as { readonly path: string }).path);
const logins = createLoginStore(database);
const passwords = createPasswords(database);
const secondFactor = createSecondFactor(database);

type Answers = {
  [K in LoginOperation]: (input: LoginOperations[K]['in']) => LoginOperations[K]['out'] | Promise<LoginOperations[K]['out']>;
};

const answers: Answers = {
  owner: logins.owner,
  create: logins.create,
  validate: logins.validate,
  rotate: logins.rotate,
  list: logins.list,
  end: logins.end,
  async 'set-password'({ userId, password }) {
    await passwords.set(userId, password);
    return undefined;
  },
  'clear-password'({ userId }) {
    passwords.clear(userId);
    return undefined;
  },
  'check-password': ({ userId, password }) => passwords.check(userId, password),
  'begin-totp': ({ userId, label }) => secondFactor.begin(userId, label),
  'confirm-totp': ({ userId, code, now }) => secondFactor.confirm(userId, code, now),
  'check-second-factor': ({ userId, code, now }) => secondFactor.check(userId, code, now),
  'remove-totp'({ userId }) {
    secondFactor.remove(userId);
    return undefined;
  },
  'make-recovery-codes': ({ userId }) => secondFactor.makeRecoveryCodes(userId),
  async 'forget-user'({ userId }) {
    passwords.clear(userId);
    secondFactor.remove(userId);
    await logins.forgetUser(userId);
    return undefined;
  },
  'device-key': deviceKey,
};

parentPort?.on('message', async (message: ToLogin) => {
  if (message === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  const { call, request } = message;
  try {
    const answer = answers[request.operation] as (input: unknown) => unknown;
    reply({ call, ok: true, value: await answer(request.input) });
  } catch (error) {
    reply({ call, ok: false, error: String(error), overloaded: error instanceof TooManyPasswords });
  }
});

function reply(message: LoginAnswer): void {
  parentPort?.postMessage(message);
}

function deviceKey(): string {
  database.prepare("INSERT OR IGNORE INTO key (name, value) VALUES ('device', ?)").run(randomBytes(32).toString('hex'));
  return (database.prepare("SELECT value FROM key WHERE name = 'device'").get() as { readonly value: string }).value;
}
