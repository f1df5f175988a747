// Reading: lists, search, and the jobs ahead of a job.
import { describe, expect, test } from 'vitest';
import { JobReads } from '../../../core/src/store/job-reads.ts';
import { ALL_FREE, type OpenedStore } from './opened.ts';

/** The same reader or query, whose reads of this table call `then` before they answer. */
function afterEachRead<Q extends object>(query: Q, table: string, then: () => Promise<void>): Q {
  return new Proxy(query, {
    get: (target, name) => {
      const method = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        const answer = method.apply(target, args);
        if (name === 'selectFrom' && args[0] !== table) return answer;
        if (name !== 'execute') return afterEachRead(answer, table, then);
        return answer.then(async (rows: unknown) => {
          await then();
          return rows;
        });
      };
    },
  });
}

export function readSuite(store: () => OpenedStore): void {
  const list = (filter: Parameters<OpenedStore['reads']['list']>[0]) => store().reads.list(filter, ALL_FREE);
  const found = async (filter: Parameters<typeof list>[0]) => (await list(filter)).records.map((job) => job.id);

  test.each(['logs', 'history', 'attempts'] as const)(
    'lists each of the %s of a job once, though more are written between two pages',
    async (what) => {
      const { id } = await store().add();
      let written = 0;
      const write = async (): Promise<void> => {
        written += 1;
        const [job_id, n, at] = [id, written, store().clock.now()];
        await store().dialect.transaction(async ({ db }) => {
          if (what === 'logs') {
            const line = { job_id, run: 1 + Math.floor(n / 60), line: n, attempt: 1, at, level: 'info', message: '' };
            await db.insertInto('pwj_logs').values(line).execute();
          } else if (what === 'history') {
            const entry = { job_id, id: store().ids.next(), run: n, at, event: '', attempt: 1, status: '' };
            await db.insertInto('pwj_history').values(entry).execute();
          } else {
            const times = { started_at: at, finished_at: at };
            const row = { job_id, run: n, attempt: n, node: null, outcome: 'retry', error: null, stack: null };
            await db
              .insertInto('pwj_attempts')
              .values({ ...row, ...times })
              .execute();
          }
        });
      };
      for (let n = 0; n < 150; n += 1) await write();
      const busy = afterEachRead(store().dialect.reader, `pwj_${what}`, async () => {
        for (let n = 0; n < 3; n += 1) await write();
      });
      const reads = new JobReads({ dialect: Object.create(store().dialect, { reader: { value: busy } }) });
      expect(await reads[what](id)).toHaveLength(150);
    },
  );

  describe('a search', () => {
    test.each(['%', '_', '\\', "'", '!', 'e%l', 'i__ge', "' or 1=1 --"])('takes %j literally', async (q) => {
      await store().add();
      const holding = await store().add({ data: JSON.stringify({ text: `a ${q.replaceAll('\\', '')} b` }) });
      expect(await found({ q: q === '\\' ? 'no\\thing' : q })).toEqual(q === '\\' ? [] : [holding.id]);
    });

    test('stops after the newest jobs, says so, and continues below them', async () => {
      const oldest = await store().add({ data: '{"needle":1}' });
      for (let i = 0; i < 11; i += 1) await store().addMany(1_000);
      const first = await list({ q: 'needle' });
      expect([first.records, first.capped]).toEqual([[], true]);
      const second = await list({ q: 'needle', cursor: first.nextCursor ?? '' });
      expect([second.records.map((job) => job.id), second.capped, second.nextCursor]).toEqual([
        [oldest.id],
        false,
        null,
      ]);
    });
  });

  test('jobs ahead of a job are better ones of its type and older ones of its priority', async () => {
    const low = await store().add({ priority: 3 });
    const normal = await store().addMany(3);
    await store().add({ priority: 0 });
    await store().add({ priority: 0, type: 'other' });
    await store().add({ priority: 0, state: 'scheduled' });
    expect(await store().reads.ahead(low)).toBe(4);
    expect(await Promise.all(normal.map((job) => store().reads.ahead(job)))).toEqual([1, 2, 3]);
  });
}
