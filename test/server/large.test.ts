// Data larger than one packet of the server.
import { createHash } from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { askDirectly, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The smallest that is accepted. */
const PACKET = 4_194_304;
const smallPackets = { settings: [`--max-allowed-packet=${PACKET}`] };

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

test('a job that is too large is refused with the limit, and the largest one passes in any characters', async () => {
  const server = await serverOfTest(smallPackets);
  const { jobs } = await siteOfTest(server.url, { roles: ['web'] });
  await expect(jobs.addJob({ type: 't', data: 'x'.repeat(PACKET + 1) })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    message: expect.stringMatching(/is too large: at most \d+ kB as JSON$/),
  });
  const most = 1_000 * Number(await limit(jobs));
  const texts = [
    '\\'.repeat(most / 2),
    '"'.repeat(most / 2),
    "'".repeat(most),
    '\u0000'.repeat(most / 6),
    '\u{1f600}'.repeat(most / 4),
  ];
  for (const data of texts) {
    const { id } = await jobs.addJob({ type: 't', data });
    expect(hash((await jobs.getJobStatus(id))?.data)).toBe(hash(data));
  }
});

test('a hundred jobs of 200 kB are stored in one transaction, although they exceed the packet size', async () => {
  const server = await serverOfTest(smallPackets);
  const { jobs, said } = await siteOfTest(server.url, { roles: ['web'] });
  const data = 'x'.repeat(200_000);
  const added = await jobs.addJobs(Array.from({ length: 100 }, () => ({ type: 't', data })));
  expect(added).toHaveLength(100);
  const ask = await askDirectly(server.port);
  expect(await ask('select count(*) as n, min(length(data)) as least from pwj_jobs')).toEqual([
    { n: 100, least: 200_002 },
  ]);
  expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
});

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** In kB, from the message of a refusal. */
async function limit(jobs: {
  addJob(job: { type: string; data: unknown }): Promise<unknown>;
}): Promise<string | undefined> {
  const refused = await jobs.addJob({ type: 't', data: 'x'.repeat(PACKET) }).catch((error: Error) => error.message);
  return /(\d+) kB/.exec(String(refused))?.[1];
}
