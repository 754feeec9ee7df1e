import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../apps/gateway/src/operations/doctor/index.ts';
import { FAULTS } from './faults.ts';
import { idsOf, makeHistory, makePatient } from './patient.ts';

let history: Awaited<ReturnType<typeof makeHistory>>;

beforeAll(async () => {
  history = await makeHistory();
});
afterAll(() => history[Symbol.asyncDispose]());

describe('B10 doctor finds what was planted, and nothing else', () => {
  it('a healthy machine has no findings', async () => {
    await using patient = await makePatient(history.dir);
    const { ok, findings, checks } = await patient.diagnose();
    expect(idsOf({ findings })).toEqual([]);
    expect(checks.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(ok).toBe(true);
  });

  it.each(FAULTS)('$id: $what', async ({ id, plant, options: tell, isRepaired }) => {
    await using patient = await makePatient(history.dir);
    await plant?.(patient);
    const options = tell?.(patient) ?? {};
    const diagnosis = await patient.diagnose(options);
    expect(diagnosis.checks.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(idsOf(diagnosis)).toEqual([id]);
    const finding = diagnosis.findings.find((one) => one.id === id);
    expect(diagnosis.ok).toBe(finding?.severity === 'note');
    expect(finding?.fix !== undefined).toBe(isRepaired === true);
    if (!isRepaired) return;

    const repaired = await patient.diagnose({ ...options, fix: true });
    expect(idsOf({ findings: repaired.findings.filter(({ fixed }) => !fixed) })).toEqual([]);
    const again = await patient.diagnose(options);
    expect(idsOf(again)).not.toContain(id);
    expect(again.ok).toBe(true);
  });

  it('every check has a fault that it is held against, here or in doctor-command.e2e.test.ts', () => {
    const elsewhere = ['disk.low', 'limits.open-files', 'program.not-bundled'];
    expect(new Set([...FAULTS.map(({ id }) => id), ...elsewhere])).toEqual(new Set(CHECKS.map(({ id }) => id)));
  });
});
