/**
 * The `openclaw` command. A command parses, calls the gateway (or reads its files when it is stopped) and prints; it
 * decides nothing. Each is loaded only when it is called.
 */
import { VERSION } from './version.ts';

const args = process.argv.slice(2);
const first = args[0];

if ((first === 'version' || first === '--version' || first === '-V') && !args.includes('--help')) {
  const json = args.includes('--json');
  process.stdout.write(json ? `${JSON.stringify({ version: VERSION, node: process.versions.node })}\n` : `openclaw ${VERSION}\n`);
} else if (first === 'gateway' && args[1] === 'supervise') {
  const { runSupervisor } = await import('./supervise.ts');
  process.exitCode = await runSupervisor(args.slice(2));
} else if (first === '__complete') {
  await (await import('./completion/answer.ts')).answer(args[1]);
} else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(args);
}
