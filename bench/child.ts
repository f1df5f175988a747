// One measurement in a process of its own: `child.js SIDE CASE FOLDER`; prints one line of JSON.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CASES } from './cases.ts';
import { liteque } from './sides/liteque.ts';
import { ours } from './sides/ours.ts';
import { plainjob } from './sides/plainjob.ts';

const SIDES = { phraseworks: ours, plainjob, liteque } as const;

/** Rows in the end, counted by another connection than the one that wrote them. */
function left(side: string, path: string): number {
  const db = new Database(path, { readonly: true });
  const sql = {
    phraseworks: "select count(*) from pwj_jobs where state <> 'completed'",
    plainjob: 'select count(*) from plainjob_jobs where status <> 2',
    liteque: 'select count(*) from tasks',
  }[side] as string;
  const n = Number(db.prepare(sql).pluck().get());
  db.close();
  return n;
}

const [sideName = '', caseName = '', folder = ''] = process.argv.slice(2);
const test = CASES.find((one) => one.name === caseName);
const make = SIDES[sideName as keyof typeof SIDES];
const jobs = test?.jobs[sideName];
if (!test || !make || jobs === undefined) throw new Error('there is no such side or case');
const side = make();
const path = join(folder, `${sideName}.db`);
const synchronous = await side.open(path);
if (synchronous !== 2) throw new Error(`${sideName} does not wait for the disk: synchronous is ${synchronous}`);
const figure = await test.run(side, jobs);
await side.stop();
const works = caseName === 'drain' || caseName === 'end to end' || caseName === 'pickup';
const rest = left(sideName, path);
if (works ? rest !== 0 : rest !== jobs)
  throw new Error(`${sideName}, ${caseName}: ${rest} rows are left of ${jobs} jobs`);
process.stdout.write(`${JSON.stringify({ ...figure, synchronous })}\n`);
process.exit(0);
