/** Runs `openclaw doctor` for somebody who asks the running gateway: as a process of its own, as an operator would from a shell. */
import { GatewayError } from '@openclaw-gateway/events';
import { runOwnCommand } from '../onboard/own-command.ts';
import type { DoctorReport } from './report.ts';

const DEADLINE_MS = 90_000;
/** Nothing is wrong; something is; a check could not be made. */
const REPORTED: ReadonlySet<number> = new Set([0, 1, 2]);

export type Doctor = {
  /**
   * With `fix` it repairs what can be repaired without losing anything. Throws `OVERLOADED` while it is at work, `DEADLINE_EXCEEDED`
   * after 90 s, and `QUERY_CANCELLED` when the signal aborts.
   */
  readonly run: (options: { readonly fix: boolean; readonly signal?: AbortSignal }) => Promise<DoctorReport>;
};

/** The doctor for a state directory and its configuration file. */
export function createDoctor({ stateDir, configPath }: { readonly stateDir: string; readonly configPath: string }): Doctor {
  let isAtWork = false;
  return {
    async run({ fix, signal }) {
      if (isAtWork) throw new GatewayError('OVERLOADED', { message: 'The doctor is at work already.' });
      isAtWork = true;
      const late = AbortSignal.timeout(DEADLINE_MS);
      const { OPENCLAW_GATEWAY_URL: _, ...env } = process.env;
      try {
        return await runOwnCommand<DoctorReport>(
          ['doctor', ...(fix ? ['--fix'] : [])],
          { ...env, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_CONFIG_PATH: configPath },
          { answers: REPORTED, signal: signal ? AbortSignal.any([signal, late]) : late },
        );
      } catch (error) {
        if (late.aborted) throw new GatewayError('DEADLINE_EXCEEDED');
        if (signal?.aborted) throw new GatewayError('QUERY_CANCELLED');
        throw error;
      } finally {
        isAtWork = false;
      }
    },
  };
}
