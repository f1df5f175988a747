// Two hundred pages on one server, disconnected at random during ten thousand events: each receives all of its own, once and in order.
import type { JobEvent } from '@phraseworks/sdk';
import type { EventFilter } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { seeded } from '../server/seeded.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';
import { Page, told } from '../support/page.ts';

const PAGES = 200;
const TYPES = 40;
const BATCHES = 20;
const JOBS_IN_BATCH = 100;
/** Added, started, retry, started, completed. */
const EVENTS_OF_JOB = 5;
const ALL = BATCHES * JOBS_IN_BATCH * EVENTS_OF_JOB;
/** After so many events somebody is cut off. */
const CUT_EVERY = 10;

/** The events that a page receives, in order. */
class Heard {
  readonly events: JobEvent[] = [];
  #wake = (): void => {};

  readonly hear = (event: JobEvent): void => {
    this.events.push(event);
    this.#wake();
  };

  async count(events: number): Promise<void> {
    while (this.events.length < events)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

const line = ({ event, attempt }: JobEvent): string => `${event} ${attempt}`;

/** By job, in the order they came. */
function byJob(events: readonly JobEvent[]): Record<string, string[]> {
  const jobs: Record<string, string[]> = {};
  for (const event of events) {
    jobs[event.jobId] ??= [];
    jobs[event.jobId]?.push(line(event));
  }
  return jobs;
}

test('200 pages receive all of 10,000 events, although they are disconnected at random', {
  timeout: 120_000,
}, async () => {
  const random = seeded(2026);
  const pick = (below: number) => Math.floor(random() * below);
  await using site = await openLiveSite({ queue: { maxQueueSize: ALL, maxConcurrentJobs: 20 } });
  for (let n = 0; n < TYPES; n += 1) {
    site.jobs.registerProcessor(`type-${n}`, async (_data, _id, attempt) =>
      attempt === 1 ? { success: false, error: 'once more', retryDelay: 0 } : { success: true },
    );
  }
  // The truth: never cut off.
  await using steady = await Listener.open(site.ws);
  const pages = Array.from({ length: PAGES }, () => new Page(site.url, { random }));

  // Who looks at jobs from time to time misses what they went through between: here all listen, or wait until they can again.
  for (const page of pages) page.refuse.looks = true;
  // Every twentieth receives everything, the others one type; a quarter also follows single jobs.
  const filters = pages.map((_, n): EventFilter => (n % 20 === 0 ? {} : { types: [`type-${n % TYPES}`] }));
  const heard = pages.map(() => new Heard());
  await Promise.all(pages.map((page, n) => page.listen(filters[n] ?? {}, heard[n]?.hear ?? (() => {}))));
  const follows: Promise<string[]>[] = [];

  let cuts = 0;
  let due = CUT_EVERY;
  let over = 0;
  steady.socket.on('message', (data) => {
    if (String(data).includes('"job_completed"')) over += 1;
    if (steady.heard.length < due) return;
    due += CUT_EVERY;
    cuts += 1;
    pages[pick(PAGES)]?.cut();
  });
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const jobs = Array.from({ length: JOBS_IN_BATCH }, () => ({ type: `type-${pick(TYPES)}`, data: {} }));
    const added = await site.jobs.addJobs(jobs);
    for (const { id } of added.slice(0, 10)) follows.push(told((pages[pick(PAGES / 4)] as Page).client.followJob(id)));
    await steady.until(() => over >= batch * JOBS_IN_BATCH + JOBS_IN_BATCH / 2);
  }
  await steady.until(() => over === BATCHES * JOBS_IN_BATCH);

  const truth = steady.updates.map(({ data }) => data);
  expect(truth.length).toBeGreaterThanOrEqual(ALL);
  for (const n of pages.keys()) {
    const { types } = filters[n] ?? {};
    const expected = truth.filter(({ jobType }) => types?.includes(jobType) ?? true);
    await heard[n]?.count(expected.length);
    expect(byJob(heard[n]?.events ?? []), `page ${n}`).toEqual(byJob(expected));
  }
  const whole = ['job_added 0', 'job_started 1', 'job_retry 1', 'job_started 2', 'job_completed 2'];
  for (const events of await Promise.all(follows)) expect(events).toEqual(whole);
  expect(cuts).toBeGreaterThan(ALL / CUT_EVERY / 2);
  for (const page of pages) page.client.close();
});
