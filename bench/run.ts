// `npm run bench`: SQLite; `-- --mysql`: MariaDB beside its peers; `-- --capacity`: the capacity model; `-- --ablate`, on MariaDB with `--mysql`: what each mechanism of the hot path gives. `--only NAME` for one case, `--scale 0.01` to try the benchmark itself.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ablationSection } from './ablate.ts';
import { capacitySection } from './capacity-section.ts';
import type { Wanted } from './in-turn.ts';
import { machine } from './machine.ts';
import { mysqlSection } from './mysql-section.ts';
import { writeSection } from './results.ts';
import { sqliteSection } from './sqlite-section.ts';

const ROUNDS = 3;
const ROOT = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url));
const DATA = join(ROOT, 'data');

const { values, positionals } = parseArgs({
  options: {
    mysql: { type: 'boolean' },
    capacity: { type: 'boolean' },
    ablate: { type: 'boolean' },
    without: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    scale: { type: 'string' },
  },
  allowPositionals: true,
});
const names = [...(values.only ?? []), ...positionals];
const scale = Number(values.scale ?? 1);
if (!(scale > 0 && scale <= 1)) throw new Error('--scale is a number above 0, at most 1');
const wanted: Wanted = {
  case: (name) => names.length === 0 || names.includes(name),
  jobs: (full) => Math.max(20, Math.round(full * scale)),
  rounds: scale < 1 ? 1 : ROUNDS,
};

const engine = values.mysql ? 'MariaDB' : 'SQLite';
const mechanisms = values.without ?? [];

async function measureIt(): Promise<readonly [title: string, lines: string[]]> {
  if (values.capacity) return ['Capacity', await capacitySection(DATA, wanted)];
  if (values.ablate) return [`Ablation, ${engine}`, await ablationSection(engine, DATA, wanted, mechanisms)];
  return [engine, await (values.mysql ? mysqlSection : sqliteSection)(DATA, wanted)];
}

mkdirSync(DATA, { recursive: true });
const facts = machine(DATA).map((fact) => `- ${fact}`);
const [title, lines] = await measureIt();
const body = [...facts, ...lines];
process.stdout.write(`## ${title}\n\n${body.join('\n')}\n`);
if (names.length + mechanisms.length === 0 && scale === 1) {
  writeSection(join(ROOT, 'bench', 'results'), new Date().toISOString().slice(0, 10), title, body);
  process.stderr.write('written to bench/results\n');
}
