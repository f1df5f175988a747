import { move } from '../src/cli/commands/move.ts';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { runCommandLine } from '../src/cli/run.ts';
if (!COMMANDS.some((c) => c.name === 'move')) (COMMANDS as any).push({ name: 'move', about: 'm', load: async () => move });
process.exitCode = (await runCommandLine(process.argv.slice(2), { cwd: process.cwd(), env: process.env, stdout: process.stdout, stderr: process.stderr })) as number;
