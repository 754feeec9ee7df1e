/** Fails when an import points the wrong way, at nothing, or in a circle. */
import { join } from 'node:path';
import { cycles, readImports, unresolved, violations } from './graph.ts';
import { RULES } from './rules.ts';

const root = join(import.meta.dirname, '../..');
const imports = await readImports(root, ['packages', 'apps', 'e2e', 'bench', 'scripts']);
const problems = [...violations(imports, RULES), ...unresolved(imports, root), ...cycles(imports)];
for (const problem of problems) console.error(problem);
console.log(`${imports.length} imports, ${problems.length} wrong`);
process.exitCode = problems.length === 0 ? 0 : 1;
