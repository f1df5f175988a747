// Services of the core for plugins: effects that happen once, shown with the job, and the location of the database.
import { randomBytes } from 'node:crypto';
import { DatabasePlace, definePlugin, optional } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { describe, expect, test } from 'vitest';
import { onMysql } from '../../testing/src/test-database.ts';
import { sharedDatabase } from '../support/database.ts';

/** Sends letters; the line is busy for the third one, the first time. */
function letters() {
  const sent: string[] = [];
  let busy = true;
  const plugin = definePlugin({
    name: 'letters',
    init(ctx) {
      ctx.registerProcessor('letters', async ({ to }: { to: string[] }, _id, _attempt, { once }) => {
        for (const address of to) {
          await once(`letter/${address}`, () => {
            if (busy && address === 'c') {
              busy = false;
              throw new Error('the line is busy');
            }
            sent.push(address);
            return { secret: `stamp of ${address}` };
          });
        }
        return { success: true };
      });
    },
  });
  return { sent, plugin };
}

test('a retry sends only the remaining letters, and each letter has its receipt', async () => {
  const { sent, plugin } = letters();
  await using jobs = await createTestJobs({ plugins: { letters: { use: plugin } } });
  const { id } = await jobs.addJob({ type: 'letters', data: { to: ['a', 'b', 'c', 'd'] } });
  await jobs.idle();
  expect(sent).toEqual(['a', 'b']);
  await jobs.advance(10_000);
  expect(sent).toEqual(['a', 'b', 'c', 'd']);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 2 });
  const answer = await jobs.request(`/api/jobs/${id}/receipts`, { as: 'user' });
  const text = await answer.text();
  expect([answer.status, JSON.parse(text)]).toEqual([
    200,
    {
      receipts: [1, 1, 2, 2].map((attempt, n) => ({
        key: `letter/${'abcd'[n]}`,
        state: 'done',
        attempt,
        at: expect.stringMatching(/^2026-01-01T00:00:/),
      })),
    },
  ]);
  expect(text).not.toContain('stamp');
  expect((await jobs.request(`/api/jobs/${id}/receipts`, { as: 'anonymous' })).status).toBe(401);
  expect((await jobs.request(`/api/jobs/${randomBytes(16).toString('hex')}/receipts`)).status).toBe(404);
});

describe('the location of the database', () => {
  const placeIn = async (database?: string): Promise<DatabasePlace | null | undefined> => {
    const places: (DatabasePlace | null)[] = [];
    const plugin = definePlugin({
      name: 'tool',
      needs: { place: optional(DatabasePlace) },
      init: (ctx) => void places.push(ctx.needs.place ?? null),
    });
    await using jobs = await createTestJobs({
      plugins: { tool: { use: plugin } },
      ...(database === undefined ? {} : { database }),
    });
    expect(jobs.info().plugins).toMatchObject({ tool: 'on' });
    return places[0];
  };

  test('is available to plugins on each engine', async () => {
    const database = await sharedDatabase();
    expect(await placeIn(database)).toEqual(
      onMysql() ? { engine: 'mysql', url: database } : { engine: 'sqlite', file: database.slice('sqlite:'.length) },
    );
  });

  test('is null for a database in memory', async () => {
    expect(await placeIn('sqlite::memory:')).toBeNull();
  });
});
