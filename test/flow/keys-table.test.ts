// What an added job means for the one of its key that is there: the table of docs/flow.md, as two processes on one database answer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, JobsError, type ProcessorOptions } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { type CoreKit, openCore } from '../../core/test/core-kit.ts';
import { temporaryFolder } from '../support/folder.ts';

const PAGE = join(import.meta.dirname, '../../docs/flow.md');

const MODES: Record<string, Pick<ProcessorOptions, 'unique'>> = {
  'only `key`': {},
  "`while: 'waiting'`": { unique: {} },
  "`'waiting'`, `'replace'`": { unique: { onConflict: 'replace' } },
  "`'waiting'`, `'reject'`": { unique: { onConflict: 'reject' } },
  "`'waiting'`, `quiet`": { unique: { quiet: '10s' } },
  "`'waiting'`, `'replace'`, `quiet`": { unique: { onConflict: 'replace', quiet: '10s' } },
  "`while: 'active'`": { unique: { while: 'active' } },
  "`'active'`, `'reject'`": { unique: { while: 'active', onConflict: 'reject' } },
  "`while: { period: '1h' }`": { unique: { while: { period: '1h' } } },
  "`{ period: '1h' }`, `'reject'`": { unique: { while: { period: '1h' }, onConflict: 'reject' } },
};
const SITUATIONS = ['waits', 'runs', 'waits for a retry', 'is blocked', 'waits, held', 'has failed'] as const;
type Situation = (typeof SITUATIONS)[number];
const PROCESSES = ['same', 'other'] as const;

const typeOf = (mode: number, situation: Situation): string => `t${mode}-${situation.replace(/\W+/g, '-')}`;

interface Data {
  key: string;
  does: 'wait' | 'fail' | 'end';
}

test('each way to be unique answers as the table says, in the same process and in another one', async () => {
  const path = join(await temporaryFolder(), 'keys.db');
  const ends: (() => void)[] = [];
  const process = async (data: Data) => {
    if (data.does === 'fail') throw new Error('no');
    if (data.does === 'wait') await new Promise<void>((resolve) => ends.push(resolve));
  };
  const open = async (kit: CoreKit): Promise<CoreKit> => {
    onTestFinished(() => kit.close());
    for (const [n, mode] of Object.values(MODES).entries())
      for (const situation of SITUATIONS) {
        const maxRetries = situation === 'has failed' ? 0 : 1;
        kit.register(typeOf(n, situation), process as never, { ...mode, key: ['key'], maxRetries, retryDelay: 60_000 });
      }
    return kit;
  };
  const queue = { maxConcurrentJobs: 500, pollInterval: 3_600_000, sweepInterval: 600_000 };
  const same = await open(await openCore({ path, queue }));
  const other = await open(await openCore({ path, queue, clock: same.clock }));
  onTestFinished(() => {
    for (const end of ends) end();
  });
  await same.core.startWorker();
  const modes = Object.keys(MODES);
  const all = modes.flatMap((mode, n) =>
    SITUATIONS.flatMap((situation) => PROCESSES.map((key) => ({ mode, situation, key, type: typeOf(n, situation) }))),
  );
  const add = (type: string, data: Data, kit = same, delay = 0) =>
    kit.core.queue.add({ type, data, delay }, { plugin: null }).catch((error: unknown) => error as Error);
  for (const { type, situation, key } of all) {
    if (situation === 'waits, held') await same.core.holds.pause({ kind: 'type', name: type });
    if (situation === 'waits') continue;
    await add(type, { key, does: situation.endsWith('retry') || situation === 'has failed' ? 'fail' : 'wait' });
  }
  await same.clock.advance(10_000);
  await same.idle();
  for (const { mode, type, situation, key } of all)
    if (situation === 'is blocked' || situation === 'waits') {
      // Its key makes it wait, or a delay.
      const delay = situation === 'is blocked' || mode.endsWith('`quiet`') ? 0 : 3_600_000;
      await add(type, { key, does: 'end' }, same, delay);
    }
  await same.clock.advance(1_000);
  const answers = new Map<string, string>();
  for (const { mode, type, situation, key } of all) {
    const there = await jobsThere(same, type, key);
    const answer = await add(type, { key, does: 'end' }, key === 'same' ? same : other);
    const isPossible = situation !== 'is blocked' || there.some(({ state }) => state === 'blocked');
    answers.set(`${mode} ${situation} ${key}`, isPossible ? textOf(answer, there) : '-');
  }
  const rows = modes.map((mode) => {
    const cells = SITUATIONS.map((situation) => {
      const [here, there] = PROCESSES.map((key) => answers.get(`${mode} ${situation} ${key}`));
      return here === there ? here : `${here}, but ${there} from another process`;
    });
    return `| ${mode} | ${cells.join(' | ')} |`;
  });
  const head = `| the type has | one ${SITUATIONS.join(' | ')} |`;
  const table = [head, `|${' --- |'.repeat(SITUATIONS.length + 1)}`, ...rows];
  const bare = (line: string): string => line.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  const [, written = ''] =
    /<!-- meanings -->\n\n([\s\S]*?)\n\n<!-- \/meanings -->/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  expect(written.split('\n').map(bare)).toEqual(table.map(bare));
});

const jobsThere = (kit: CoreKit, type: string, key: string) =>
  kit.dialect.reader
    .selectFrom('pwj_jobs as j')
    .innerJoin('pwj_keys as k', 'k.job_id', 'j.id')
    .select(['j.id', 'j.state', 'j.run_at as runAt'])
    .where('j.type', '=', type)
    .where('k.key', '=', key)
    .execute();

function textOf(answer: Job | Error, there: readonly { id: string; state: string; runAt: number | null }[]): string {
  if (answer instanceof Error) {
    if (!(answer instanceof JobsError) || answer.code !== 'DUPLICATE_JOB') throw answer;
    return 'refused';
  }
  const before = there.find(({ id }) => id === answer.id);
  const isLater = before && answer.runAt !== null && Date.parse(answer.runAt) > (before.runAt ?? 0);
  if (answer.outcome !== 'added') return `${answer.outcome}${isLater ? ', put off' : ''}`;
  return answer.status === 'blocked' ? 'added, blocked' : 'added';
}
