// A move whose process is killed with SIGKILL again and again: it continues where it was, and ends with both sides equal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Dialect, refuseMoved } from '@phraseworks/jobs/internals/core';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { startServer } from '../../../test/server/mariadb.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { bundled } from '../../../test/support/child.ts';
import { readRecord } from '../../src/move/copy.ts';
import { COPIED, keptOf } from '../../src/move/plan.ts';
import { count } from '../../src/move/rows.ts';
import { describeTable, isMovable, type Table } from '../../src/move/tables.ts';
import { isEqual, verifyTable } from '../../src/move/verify.ts';
import { fillDatabase, freshUrl, open } from '../move-rig.ts';

const CHILD = fileURLToPath(new URL('./move-child.ts', import.meta.url));
const JOBS = 8_000;

/** Runs the move in its own process and kills it after this many lines of output; returns the last line. */
async function run(from: string, to: string, lines: number): Promise<{ last: string; killed: boolean }> {
  const child = spawn(process.execPath, [bundled(CHILD), from, to], { stdio: ['ignore', 'pipe', 'inherit'] });
  const over = once(child, 'close');
  let last = '';
  let seen = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line;
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  });
  const [, signal] = await over;
  return { last, killed: signal === 'SIGKILL' };
}

/** Of each table, the rows that the record says have arrived, and those that exist. */
async function arrived(url: string): Promise<{ told: Record<string, number>; there: Record<string, number> }> {
  const target = await open(url);
  try {
    const { tables = {} } = (await readRecord(target.reader)) ?? {};
    const there: Record<string, number> = {};
    for (const name of Object.keys(tables)) there[name] = await count(target.reader, await tableOf(target, name));
    return { told: Object.fromEntries(Object.entries(tables).map(([name, { rows }]) => [name, rows])), there };
  } finally {
    await target.close();
  }
}

async function tableOf(side: Dialect, name: string): Promise<Table> {
  const table = await describeTable(side, name, keptOf(name));
  if (!isMovable(table)) throw new Error(`${name} cannot be moved`);
  return table;
}

async function endsEqual(from: string, to: string): Promise<void> {
  const source = await open(from);
  onTestFinished(() => source.close());
  await fillDatabase(source, JOBS);
  const chance = seeded(7);
  const phases: string[] = [];
  for (let kills = 0; kills < 6; kills += 1) {
    const { last, killed } = await run(from, to, 2 + Math.floor(chance() * 9));
    expect(killed, last).toBe(true);
    // A server may take a moment to notice that its client is gone.
    await expect
      .poll(async () => {
        const { told, there } = await arrived(to);
        return isDeepStrictEqual(told, there) ? 'as told' : { told, there };
      })
      .toBe('as told');
    await refuseMoved(source);
    phases.push(last);
  }
  expect(new Set(phases).size).toBeGreaterThan(3);
  expect(await run(from, to, Number.POSITIVE_INFINITY)).toEqual({ last: 'complete', killed: false });
  await expect(refuseMoved(source)).rejects.toThrow(/was moved to/);
  const target = await open(to);
  onTestFinished(() => target.close());
  for (const name of COPIED) {
    const proof = await verifyTable({ source, target }, await tableOf(source, name));
    expect(isEqual(proof), JSON.stringify(proof)).toBe(true);
    if (name === 'pwj_jobs') expect(proof.rows.target).toBe(JOBS);
  }
}

test('a move from file to file that is killed six times ends with every row in the target', async () => {
  await endsEqual(await freshUrl('sqlite'), await freshUrl('sqlite'));
}, 120_000);

test('a move to a server that is killed six times ends with every row in the target', async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const server = await startServer();
  onTestFinished(() => server.stop());
  await endsEqual(await freshUrl('sqlite'), server.url);
}, 180_000);
