// The capacity model: its constants from five runs with one working process, then what it predicts held against runs that were made afterwards.
import { cpus } from 'node:os';
import { constantsTable, type Tried, triedTable } from './capacity-report.ts';
import type { Wanted } from './in-turn.ts';
import type { Loaded } from './load.ts';
import { measure } from './measure.ts';
import { constantsOf, predict, type Setting } from './model.ts';
import { newDatabase, startMariadb, versionOf } from './servers/mariadb.ts';
import type { Server } from './servers/process.ts';

type Run = Pick<Setting, 'processes' | 'payloadBytes' | 'followers'> & {
  listeners: number;
  burners: number;
  jobs: number;
};

const PLAIN: Run = { processes: 1, payloadBytes: 200, followers: 0, listeners: 0, burners: 0, jobs: 30_000 };
const HEAVY: Run = { ...PLAIN, payloadBytes: 5_000, jobs: 12_000 };
const HEARD: Run = { ...PLAIN, listeners: 1 };
const CROWDED: Run = { ...PLAIN, burners: cpus().length };
const FOLLOWED: Run = { ...PLAIN, followers: 4, jobs: 12_000 };

/** Settings that none of the constants was measured in, and the plain one once more. */
const TRIED: readonly Run[] = [
  PLAIN,
  { ...PLAIN, processes: 2 },
  { ...PLAIN, processes: 4 },
  { ...PLAIN, payloadBytes: 20_000, jobs: 6_000 },
  { ...PLAIN, followers: 12, jobs: 6_000 },
];

/** The server keeps its files under `data`. */
export async function capacitySection(data: string, wanted: Wanted): Promise<string[]> {
  const server = await startMariadb(data);
  try {
    return await onServer(server, wanted);
  } finally {
    await server.stop();
  }
}

async function onServer(server: Server, wanted: Wanted): Promise<string[]> {
  /** The median of the rounds, by rate. */
  const load = async ({ processes, listeners, burners, payloadBytes, followers, jobs }: Run): Promise<Loaded> => {
    const rounds: Loaded[] = [];
    for (let round = 0; round < wanted.rounds; round += 1) {
      const url = await newDatabase(server.url, 'bench');
      const args = [processes, listeners, burners, payloadBytes, followers, wanted.jobs(jobs), server.pid].map(String);
      rounds.push(await measure<Loaded>('load', [...args, url]));
      process.stderr.write(`${JSON.stringify(rounds.at(-1))}\n`);
    }
    return rounds.sort((a, b) => a.rate - b.rate)[Math.floor(rounds.length / 2)] as Loaded;
  };
  const plain = await load(PLAIN);
  const heavy = await load(HEAVY);
  const followed = await load(FOLLOWED);
  const heard = await load(HEARD);
  const constants = constantsOf({ plain, heavy, followed, heard, crowded: await load(CROWDED) });
  const cores = cpus().length;
  const tried: Tried[] = TRIED.map((run) => ({ ...run, cores })).map((setting) => ({
    setting,
    predicted: predict(constants, setting),
  }));
  // Predicted before it is measured: nothing that is measured below can find its way into the constants.
  for (const [n, one] of tried.entries()) one.measured = await load(TRIED[n] as Run);
  return [
    `- ${await versionOf(server.url)}, history and events on; node processes, database and followers share the ${cores} cores`,
    '- the model: every process works at the pace of one, and hears of the jobs of the others, until the cores are used up; the busier they are, the longer all takes',
    '',
    ...constantsTable(constants, plain),
    '',
    ...triedTable(tried),
  ];
}
