// How signals reach a job: over the API with rights, by a link that works once, from two processes at the same moment, and after a restart.
import { definePlugin, type RunningJob, SignalLinks, type WaitOptions } from '@phraseworks/sdk';
import { createClient } from '@phraseworks/sdk/client';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { sharedDatabase } from '../support/database.ts';

const open: TestJobs[] = [];
afterEach(async () => {
  for (const jobs of open.splice(0)) await jobs.stop();
});

const HOUR = 3_600_000;
const verdict = z
  .object({ ok: z.boolean(), note: z.string().max(200).optional(), stars: z.int().max(5).optional() })
  .meta({ title: 'Publish "Spring & <Summer>"?', description: 'The editors wait for you.' });

interface Site {
  jobs: TestJobs;
  /** The last one that each job sent. */
  links: Map<string, string>;
  /** Adds a job, and returns its id and the link that it sent. */
  add(): Promise<{ id: string; link: string }>;
  stateOf(id: string): Promise<unknown>;
}

/** A site whose one type mails a link, waits, and ends with what it got. */
async function openSite(wait: WaitOptions = {}, options: TestOptions = {}): Promise<Site> {
  const links = new Map<string, string>();
  const jobs = await createTestJobs(options);
  open.push(jobs);
  jobs.registerProcessor('t', async (_data: unknown, id: string, _attempt: number, job: RunningJob) => {
    await job.once('mail', async () => void links.set(id, await job.linkFor('the approval')));
    return job.waitFor('the approval', wait);
  });
  const add = async () => {
    const { id } = await jobs.addJob({ type: 't', data: {} });
    await jobs.idle();
    return { id, link: links.get(id) ?? '' };
  };
  const stateOf = async (id: string) => {
    const job = await jobs.getJobStatus(id);
    return job && [job.status, job.result];
  };
  return { jobs, links, add, stateOf };
}

/** As a browser of a person without rights. */
async function visit({ jobs }: Site, link: string, form?: Record<string, string>): Promise<[number, string]> {
  const headers = { accept: 'text/html', ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) };
  const init = form ? { method: 'POST', body: new URLSearchParams(form).toString() } : {};
  const path = link.replace('http://localhost/jobs', '');
  const answer = await jobs.request(path, { ...init, headers, as: 'anonymous' });
  await jobs.idle();
  return [answer.status, await answer.text()];
}

test('a link shows a button, which works once: only the POST sends, and then it says that it was used', async () => {
  const site = await openSite();
  const { id, link } = await site.add();
  expect(link).toMatch(/^http:\/\/localhost\/jobs\/signals\/[\w-]+\/0\.[\w-]{43}\?key=the%20approval$/);
  for (const _scanner of [1, 2]) {
    const [status, page] = await visit(site, link);
    expect([status, page]).toEqual([
      200,
      expect.stringContaining('<form method="post"><button>Confirm</button></form>'),
    ]);
    expect(await site.stateOf(id)).toEqual(['blocked', null]);
  }
  expect(await visit(site, link, {})).toEqual([200, expect.stringContaining('the job goes on')]);
  expect(await site.stateOf(id)).toEqual(['completed', true]);
  for (const form of [undefined, {}])
    expect(await visit(site, link, form)).toEqual([410, expect.stringContaining('The answer was sent already.')]);
  expect((await site.jobs.getJobHistory(id)).find(({ event }) => event === 'job_signalled')).toMatchObject({
    by: 'a link',
  });
});

test('with a schema it shows a form, and again with what is wrong, and what was entered', async () => {
  const site = await openSite({ schema: verdict });
  const { id, link } = await site.add();
  const [, page] = await visit(site, link);
  expect(page).toContain('<h1>Publish &quot;Spring &amp; &lt;Summer&gt;&quot;?</h1><p>The editors wait for you.</p>');
  expect(page).toContain('<select name="data.ok">');
  const [status, again] = await visit(site, link, { 'data.note': '<b>fine</b>', 'data.stars': '7' });
  expect([status, again]).toEqual([400, expect.stringContaining('&lt;b&gt;fine&lt;/b&gt;</textarea>')]);
  expect(again).toMatch(/<label>ok <small><\/small><br><span class="error">is required<\/span>/);
  expect(again).toMatch(/stars <small>optional<\/small><br><span class="error">is too large/);
  expect(await site.stateOf(id)).toEqual(['blocked', null]);
  await visit(site, link, { 'data.ok': '0', 'data.note': 'fine', 'data.stars': '' });
  expect(await site.stateOf(id)).toEqual(['completed', { ok: true, note: 'fine' }]);
});

test('a link that is changed, too late, or of a job that has ended or is gone says so', async () => {
  const site = await openSite({ timeout: HOUR });
  const [late, cancelled, gone] = [await site.add(), await site.add(), await site.add()];
  const changed = late.link.replace('the%20approval', 'payment');
  expect(await visit(site, changed, {})).toEqual([404, expect.stringContaining('Nothing is at this link')]);
  expect((await visit(site, late.link.replace(late.id, gone.id), {}))[0]).toBe(404);
  await site.jobs.cancelJob(cancelled.id);
  expect(await visit(site, cancelled.link, {})).toEqual([409, expect.stringContaining('the job is cancelled')]);
  await site.jobs.deleteJob(gone.id);
  expect((await visit(site, gone.link, {}))[0]).toBe(404);
  await site.jobs.advance(HOUR);
  expect(await visit(site, late.link, {})).toEqual([410, expect.stringContaining('the time for an answer is over')]);
});

test('a link of a completed job stays closed when the job is retried, used or not, and the new run has one that works', async () => {
  const site = await openSite();
  const [used, unused] = [await site.add(), await site.add()];
  await visit(site, used.link, {});
  await site.jobs.signalJob(unused.id, 'the approval');
  await site.jobs.idle();
  const asProgram = () => site.jobs.request(used.link.replace('http://localhost/jobs', ''), { as: 'anonymous' });
  expect(await (await asProgram()).json()).toMatchObject({ status: 410, code: 'LINK_CLOSED' });
  for (const { id, link } of [used, unused]) {
    await site.jobs.retryJob(id);
    await site.jobs.idle();
    for (const form of [undefined, {}])
      expect(await visit(site, link, form)).toEqual([410, expect.stringContaining('an earlier run')]);
    expect(await visit(site, link.replace('/0.', '/1.'), {})).toEqual([404, expect.anything()]);
    expect(await site.stateOf(id)).toEqual(['blocked', null]);
    expect((await visit(site, site.links.get(id) ?? '', {}))[0]).toBe(200);
    expect(await site.stateOf(id)).toEqual(['completed', true]);
    expect((await visit(site, link, {}))[0]).toBe(410);
  }
});

test('a form that was open while its job was started over is refused', async () => {
  let links: SignalLinks | undefined;
  const pages = definePlugin({
    name: 'pages',
    needs: { links: SignalLinks },
    init(ctx) {
      links = ctx.needs.links;
    },
  });
  const site = await openSite({}, { plugins: { pages: { use: pages } } });
  const { id, link } = await site.add();
  const [code = ''] = link.split('/').at(-1)?.split('?') ?? [];
  const opened = await links?.open(id, 'the approval', code);
  await site.jobs.signalJob(id, 'the approval');
  await site.jobs.idle();
  await expect(opened?.send(false)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  await site.jobs.retryJob(id);
  await site.jobs.idle();
  await expect(opened?.send(false)).rejects.toMatchObject({ code: 'LINK_CLOSED' });
  expect(await site.stateOf(id)).toEqual(['blocked', null]);
});

test('a mailed link outlives automatic retries and the retry of a failed or cancelled job, which mail no other', async () => {
  const jobs = await createTestJobs();
  open.push(jobs);
  const links = new Map<string, string>();
  jobs.registerProcessor('t', async (_data: unknown, id: string, attempt: number, job: RunningJob) => {
    await job.once('mail', async () => void links.set(id, await job.linkFor('go')));
    if (attempt <= 2 && !again.has(id)) throw new Error('not yet');
    return job.waitFor('go');
  });
  const again = new Set<string>();
  const add = async (maxRetries: number) => (await jobs.addJob({ type: 't', data: {}, maxRetries })).id;
  const [retried, failed, cancelled] = [await add(5), await add(0), await add(5)];
  await jobs.advance(HOUR);
  await jobs.cancelJob(cancelled);
  for (const id of [failed, cancelled]) {
    again.add(id);
    await jobs.retryJob(id);
  }
  await jobs.idle();
  for (const id of [retried, failed, cancelled]) {
    const path = (links.get(id) ?? '').replace('http://localhost/jobs', '');
    const post = async () => (await jobs.request(path, { method: 'POST', as: 'anonymous' })).status;
    expect(await post()).toBe(200);
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: true });
    expect(await post()).toBe(410);
  }
});

test('without publicUrl, linkFor() fails with what to set', async () => {
  const site = await openSite({}, { publicUrl: undefined as never });
  const { id } = await site.jobs.addJob({ type: 't', data: {}, maxRetries: 0 });
  await site.jobs.idle();
  expect((await site.jobs.getJobStatus(id))?.error).toContain('publicUrl');
});

test('over the API it needs the right to operate; the history and the audit log name who sent it', async () => {
  const site = await openSite({ schema: verdict });
  const { id } = await site.add();
  const send = async (as: 'admin' | 'user' | 'anonymous', data: unknown) => {
    const body = JSON.stringify({ data });
    const init = { method: 'POST', as, body, headers: { 'content-type': 'application/json' } };
    const answer = await site.jobs.request(`/api/jobs/${id}/signals/the%20approval`, init);
    return [answer.status, ((await answer.json()) as { errors?: unknown }).errors];
  };
  expect(await send('anonymous', { ok: true })).toEqual([401, undefined]);
  expect(await send('user', { ok: true })).toEqual([403, undefined]);
  expect(await send('admin', { ok: 1 })).toEqual([400, [{ path: 'data.ok', message: 'must be boolean' }]]);
  expect(await site.stateOf(id)).toEqual(['blocked', null]);
  expect(await send('admin', { ok: false })).toEqual([200, undefined]);
  await site.jobs.idle();
  expect(await site.stateOf(id)).toEqual(['completed', { ok: false }]);
  expect((await send('admin', { ok: false }))[0]).toBe(409);
  expect((await site.jobs.getJobHistory(id)).map(({ event, by }) => [event, by])).toContainEqual([
    ...['job_signalled', 'admin'],
  ]);
  const log = (await (await site.jobs.request('/api/log')).json()) as { entries: object[] };
  expect(log.entries[0]).toMatchObject({ user: 'admin', action: 'signalJob', target: id, detail: 'the approval' });
});

test('the client of a page sends it', async () => {
  const site = await openSite();
  const { id } = await site.add();
  const ask = (url: string, init?: RequestInit) => site.jobs.request(String(url).replace('/jobs', ''), init);
  const client = createClient({ fetch: ask as typeof fetch });
  await client.signalJob(id, 'the approval', { by: 'page' });
  await site.jobs.idle();
  expect(await site.stateOf(id)).toEqual(['completed', { by: 'page' }]);
  await expect(client.signalJob(id, 'the approval')).rejects.toMatchObject({ status: 409 });
  client.close();
});

test('of two signals at the same moment from two processes, one wins and the other is refused', async () => {
  const database = await sharedDatabase();
  const one = await openSite({}, { database });
  const other = await openSite({}, { database, start: false });
  for (let round = 0; round < 5; round += 1) {
    const { id } = await one.add();
    const ends = await Promise.allSettled([
      one.jobs.signalJob(id, 'the approval', 'one'),
      other.jobs.signalJob(id, 'the approval', 'other'),
    ]);
    const won = ends.map(({ status }) => status === 'fulfilled');
    expect([...won].sort()).toEqual([false, true]);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'INVALID_STATE' } });
    await one.jobs.advance(2_000);
    expect(await one.stateOf(id)).toEqual(['completed', won[0] ? 'one' : 'other']);
  }
});

test('a restart between wait, link and signal loses nothing', async () => {
  const database = await sharedDatabase();
  const first = await openSite({ timeout: HOUR, schema: verdict }, { database });
  const [answered, late] = [await first.add(), await first.add()];
  await first.jobs.stop();
  const second = await openSite({ timeout: HOUR, schema: verdict }, { database, clock: first.jobs.clock });
  await visit(second, answered.link, { 'data.ok': '1' });
  expect(await second.stateOf(answered.id)).toEqual(['completed', { ok: false }]);
  await second.jobs.advance(HOUR);
  expect(await second.stateOf(late.id)).toEqual(['completed', null]);
});
