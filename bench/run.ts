// Runs every case on every side, three times, in turn, and writes what came out: `npm run bench [-- NAME ...]`.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CASES, type Figure } from './cases.ts';
import { machine } from './machine.ts';
import { ALONE, compare, type Measured, table } from './report.ts';

const ROUNDS = 3;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SIDES = ['phraseworks', 'plainjob', 'liteque'];

/** Each measurement has a process and a folder of its own; a side that fails its own check ends the run. */
function measure(script: string, args: readonly string[]): Promise<Figure & { synchronous?: number }> {
  const folder = mkdtempSync(join(ROOT, 'data', 'bench-'));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bench', 'dist', script), ...args, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.on('exit', (code) => {
      rmSync(folder, { recursive: true, force: true });
      const line = out.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(line) as Figure);
      else reject(new Error(`${script} ${args.join(' ')} ended with code ${code}`));
    });
  });
}

mkdirSync(join(ROOT, 'data'), { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const measured: Measured[] = [];
for (const { name, jobs, better } of CASES.filter((one) => isWanted(one.name))) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of SIDES.filter((one) => jobs[one] !== undefined)) {
      const figure = await measure('child.js', [side, name]);
      measured.push({ name, side, better, figure });
      process.stderr.write(`${name}, ${side}: ${Math.round(figure.value * 100) / 100} ${figure.unit}\n`);
    }
  }
}
for (const { name, script, args } of ALONE.filter((one) => isWanted(one.name))) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const figure = await measure(script, args);
    measured.push({ name, side: 'phraseworks', better: 'more', figure });
    process.stderr.write(`${name}: ${JSON.stringify(figure)}\n`);
  }
}
const facts = machine(join(ROOT, 'data'));
const text = [
  `# Benchmark`,
  '',
  ...facts.map((fact) => `- ${fact}`),
  '- history and events on; every side at synchronous=FULL, as read back',
  '',
  ...table(measured),
  '',
  ...compare(measured),
  '',
].join('\n');
process.stdout.write(text);
if (wanted.length === 0) {
  const file = join(ROOT, 'bench', 'results', `${new Date().toISOString().slice(0, 10)}.md`);
  writeFileSync(file, text);
  process.stderr.write(`written to bench/results\n`);
}
