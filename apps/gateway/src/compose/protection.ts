/** Who may reach the gateway and what, from where, and what it may reach itself. */
import { createAccess } from '../access/index.ts';
import { createIsolation } from '../access/isolation.ts';
import { createFloods } from '../floods/index.ts';
import { egress, egressRules } from '../operations/egress/index.ts';
import { recordRefusals } from '../operations/egress/record.ts';
import { createFirewall, firewallMachine } from '../operations/firewall/index.ts';
import { createRemote } from '../operations/remote.ts';
import { createTls } from '../operations/tls/index.ts';
import { wholeStream } from '../whole-stream.ts';
import type { Foundation } from './foundation.ts';

export async function createProtection(foundation: Foundation, stack: AsyncDisposableStack) {
  const { stateDir, configPath, config, settings, log, gatewayId, store, record, recordAudit, hideSecrets } = foundation;
  const { pseudonym } = store;
  const floods = stack.adopt(
    createFloods({ settings: () => settings().gateway.security.ddos, record, pseudonym, logger: log.of('floods') }),
    (part) => part.close(),
  );
  const access = stack.adopt(
    await createAccess({
      stateDir,
      gatewayId,
      config,
      record: recordAudit,
      history: (streamId) => wholeStream(store.log, streamId),
      pseudonym,
      logger: log.of('access'),
      onToken: (token) => hideSecrets(token),
      onDenial: floods.denied,
    }),
    (part) => part.close(),
  );
  hideSecrets(access.token());
  const isolation = stack.adopt(createIsolation({ config, record: recordAudit, pseudonym, logger: log.of('network') }), (part) =>
    part.close(),
  );
  egress.apply(egressRules(settings()));
  stack.adopt(recordRefusals(egress, { record: recordAudit, pseudonym, logger: log.of('network') }), (part) => part.close());
  const tls = stack.adopt(
    await createTls({
      stateDir,
      configPath,
      config: settings(),
      record: (event) => record('certificate', event),
      logger: log.of('tls'),
    }),
    (part) => part.close(),
  );
  const remote = stack.adopt(createRemote({ stateDir, record: (event) => record('remote', event), logger: log.of('remote') }), (part) =>
    part.close(),
  );
  const firewall = createFirewall({ machine: firewallMachine(stateDir), record, logger: log.of('network') });
  return { floods, access, isolation, egress, tls, remote, firewall };
}
