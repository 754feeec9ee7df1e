/** What shows afterwards what was done: the audit trail, what is exported of it, and proofs that the log is whole. */
import { createAudit } from '../audit/index.ts';
import { createAuditFeed, ExportJobs } from '../export/index.ts';
import { createLogCheck, createScheduledCheck, createWitnesses } from '../integrity/index.ts';
import type { Foundation } from './foundation.ts';

export function createEvidence(foundation: Foundation, stack: AsyncDisposableStack) {
  const { version, stateDir, settings, log, opened, gatewayId, store, record } = foundation;
  const exports = stack.adopt(
    new ExportJobs({ stateDir, gatewayId, version, record: (event, actor) => record('audit', event, { actor }) }),
    (part) => part.close(),
  );
  const auditFeed = stack.adopt(createAuditFeed({ stateDir, gatewayId, version, log: store.log, logger: log.of('audit') }), (part) =>
    part.close(),
  );
  const witnesses = stack.adopt(
    createWitnesses({
      stateDir,
      gatewayId,
      version,
      checkpoints: opened.checkpoints,
      head: () => opened.log.head(),
      record,
      logger: log.of('integrity'),
    }),
    (part) => part.close(),
  );
  const logCheck = stack.adopt(createLogCheck({ stateDir, record, witnessFile: () => witnesses.file() }), (part) => part.close());
  const scheduledCheck = stack.adopt(createScheduledCheck({ check: logCheck, head: () => store.log.head() }), (part) => part.close());
  // Ends before the witnesses do: what it says at last is to be in what they have.
  const audit = stack.adopt(
    createAudit({
      settings: () => settings().gateway.logging.audit,
      append: async (streamId, event, metadata) => {
        const result = await store.log.append({ events: [{ streamId, event, metadata }] });
        return result.ok ? result.first : 0;
      },
      pseudonym: store.pseudonym,
      logger: log.of('audit'),
    }),
    (part) => part.close(),
  );
  return { audit, exports, auditFeed, witnesses, logCheck, scheduledCheck };
}
