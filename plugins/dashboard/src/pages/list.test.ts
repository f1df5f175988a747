// The list of jobs on a real instance, mounted below a path of the host.
import { describe, expect, test } from 'vitest';
import { addressesIn, BASE, openSite, type Site } from '../../test/site.ts';
import { search } from './list.tsx';

const rows = (html: string): number => html.split('<td class="what">').length - 1;
const mail = (n: number, data: object = {}) =>
  Array.from({ length: n }, (_, i) => ({ type: 'mail', data: { to: `user${i}`, ...data } }));

test('a limited search continues until a job matches, but not forever', async () => {
  const searched: unknown[] = [];
  const asking = (matches: number) => {
    const list = async (_who: unknown, { cursor }: { cursor?: unknown }) => {
      searched.push(cursor);
      const jobs = searched.length === matches ? [{ id: 'ada' }] : [];
      return { jobs, nextCursor: `${searched.length}`, capped: true };
    };
    return { jobs: { list } } as never;
  };
  expect(await search(asking(3), {}, 5)).toMatchObject({ jobs: [{ id: 'ada' }], nextCursor: '3' });
  expect(searched).toEqual([undefined, '1', '2']);
  searched.length = 0;
  expect(await search(asking(9), {}, 5)).toMatchObject({ jobs: [], nextCursor: '5' });
});

describe('the list', () => {
  test('says so without jobs', async () => {
    await using site = await openSite();
    const html = await site.html('/');
    expect(html).toContain('No jobs yet.');
    expect(html).toContain(`href="${BASE}/add">Add a job</a></div>`);
  });

  test('of 200 jobs is read page by page, each job once', async () => {
    await using site = await openSite();
    const added = await site.jobs.addJobs(mail(200));
    await site.jobs.idle();
    const seen = new Set<string>();
    let next: string | undefined = '/';
    let pages = 0;
    while (next !== undefined) {
      const html: string = await site.html(next);
      expect(rows(html)).toBe(50);
      for (const [, id = ''] of html.matchAll(/<td class="what"><a href="[^"]*\/job\/([\w-]+)"/g)) seen.add(id);
      next = /href="([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&').slice(BASE.length);
      pages += 1;
    }
    expect(pages).toBe(4);
    expect([...seen].sort()).toEqual(added.map(({ id }) => id).sort());
  });

  test('keeps the row of a deleted job', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
    await site.jobs.addJob({ type: 'mail', data: { to: 'bob' }, delay: 60_000 });
    await site.jobs.deleteJob(id);
    expect(await site.html(`/?held=${id}`)).toMatch(new RegExp(`<tr data-key="${id}"><td [^>]*>No longer available<`));
  });

  test('does not count an older job as new when it moves up after a deletion', async () => {
    await using site = await openSite();
    let end = (): void => {};
    site.jobs.registerProcessor('slow', () => new Promise<void>((done) => (end = done)));
    const { id } = await site.jobs.addJob({ type: 'slow', data: {} });
    await site.jobs.running(id);
    await site.jobs.addJobs(mail(52).map((job) => ({ ...job, delay: 60_000 })));
    const held = [...(await site.html('/')).matchAll(/<tr [^>]*data-key="([^"]+)"/g)].map(([, key = '']) => key);
    expect(held).toHaveLength(51);
    await site.jobs.deleteJob(held[1] ?? '');
    expect(await site.html(`/?held=${held.join('.')}`)).not.toContain('new-jobs');
    await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
    expect(await site.html(`/?held=${held.join('.')}`)).toContain('>1 new job<');
    end();
  });

  test('keeps filters in its links, and shows the count of the selected type', async () => {
    await using site = await openSite();
    await site.jobs.addJobs([...mail(2), ...mail(1, { fail: 'no such mailbox' })]);
    await site.jobs.idle();
    const html = await site.html('/?type=mail&status=failed&q=user0');
    expect(rows(html)).toBe(1);
    expect(html).toContain(`href="${BASE}?status=completed&amp;type=mail&amp;q=user0"`);
    expect(html).toContain('value="user0"');
    expect(await site.html('/?type=mail')).toContain('<span>Completed</span> <span class="count">2</span>');
  });

  test('leads from a failed job to the form of its data, and from a type to its page', async () => {
    await using site = await openSite();
    const [id] = (await site.jobs.addJobs([...mail(1, { fail: 'no such mailbox' }), ...mail(1)])).map((job) => job.id);
    await site.jobs.idle();
    const html = await site.html('/?status=failed');
    expect(html.match(/>Edit and retry</g)).toHaveLength(1);
    expect(addressesIn(html)).toEqual(expect.arrayContaining([`${BASE}/job/${id}/edit`, `${BASE}/types/mail`]));
    expect(await site.html('/?status=failed', 'user')).not.toContain('Edit and retry');
    await site.jobs.pauses.pause({ kind: 'type', name: 'mail' });
    expect(await site.html('/?status=failed')).not.toContain('Edit and retry');
    expect(await site.html(`/job/${id}/edit`)).toContain('<pre class="error-box">no such mailbox</pre>');
  });

  const keys = (html: string): string[] =>
    [...html.matchAll(/<tr [^>]*data-key="([^"]+)"/g)].map(([, key = '']) => key);
  const delayed = async (site: Site, ...minutes: number[]) =>
    (await site.jobs.addJobs(minutes.map((n) => ({ type: 'mail', data: { to: `in ${n}` }, delay: n * 60_000 })))).map(
      ({ id }) => id,
    );

  test('of delayed jobs has those due soonest first, in pages, and says so', async () => {
    await using site = await openSite();
    await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const ids = await delayed(site, ...Array.from({ length: 60 }, (_, i) => 60 - i));
    const html = await site.html('/?status=delayed');
    expect(keys(html)).toEqual([...ids].reverse().slice(0, 50));
    expect(html).toMatch(/<a [^>]*aria-current="page"><span>Delayed<\/span> <span class="count">60</);
    expect(html).toContain('<span>Ready</span> <span class="count">0</span>');
    expect(html).toContain('<caption class="hidden">Jobs, soonest first</caption>');
    expect(html).toMatch(/<th scope="col" aria-sort="ascending"><a href="[^"]*sort=due">Due</);
    const next = addressesIn(html).find((to) => to.includes('cursor='));
    expect(keys(await site.html(next?.slice(BASE.length) ?? ''))).toEqual([...ids].reverse().slice(50));
  });

  test('turns from newest to oldest first and back by the header of its column, and keeps its filters', async () => {
    await using site = await openSite();
    const ids = await delayed(site, 3, 1, 2);
    const html = await site.html('/?type=mail&q=in');
    expect(keys(html)).toEqual([...ids].reverse());
    expect(html).toContain('<caption class="hidden">Jobs, running ones first, then newest first</caption>');
    expect(html).toContain(`aria-sort="descending"><a href="${BASE}?type=mail&amp;q=in&amp;sort=oldest">Added</a>`);
    const oldest = await site.html('/?type=mail&q=in&sort=oldest');
    expect(keys(oldest)).toEqual(ids);
    expect(oldest).toContain(`aria-sort="ascending"><a href="${BASE}?type=mail&amp;q=in&amp;sort=newest">Added</a>`);
    expect(oldest).toContain(`href="${BASE}?status=ready&amp;type=mail&amp;q=in&amp;sort=oldest"`);
    expect(oldest).toContain(`href="${BASE}?status=delayed&amp;type=mail&amp;q=in"`);
    expect(oldest).toContain('<input type="hidden" name="sort" value="oldest"');
  });

  test('of delayed jobs holds still, and counts as new those due before one of its rows', async () => {
    await using site = await openSite();
    await delayed(site, ...Array.from({ length: 60 }, (_, i) => i + 10));
    const held = keys(await site.html('/?status=delayed'));
    const update = () => site.html(`/?status=delayed&held=${held.join('.')}`);
    await delayed(site, 1_000);
    await site.jobs.deleteJob(held[0] ?? '');
    expect(await update()).not.toContain('new-jobs');
    await delayed(site, 12);
    const html = await update();
    expect(html).toContain('>1 new job<');
    expect(keys(html)).toEqual(held);
    for (const id of held.slice(1)) await site.jobs.deleteJob(id);
    expect(await update()).toContain('>12 new jobs<');
  });

  test('groups failures by error and parked jobs by reason', async () => {
    await using site = await openSite();
    await site.jobs.addJobs([...mail(1, { fail: 'mailbox 17 is full' }), ...mail(1, { fail: 'mailbox 4 is full' })]);
    await site.jobs.idle();
    await site.jobs.addJob({ type: 'mail', data: { to: 'later' }, delay: 60_000 });
    await site.jobs.plugins.disable('mail');
    expect(await site.html('/')).toMatch(
      />Failed<\/span> <span class="count error">2<.*>Parked<\/span> <span class="count">1</,
    );
    expect(await site.html('/?status=failed')).toMatch(
      /Causes .*mailbox # is full<\/a><\/span><span class="count">2<\/span>/,
    );
    expect(await site.html('/?status=parked')).toMatch(/Causes .*plugin disabled.*<span class="count">1</);
  });

  test('lists running jobs first, once each', async () => {
    await using site = await openSite();
    let end = (): void => {};
    site.jobs.registerProcessor('slow', () => new Promise<void>((done) => (end = done)));
    const { id } = await site.jobs.addJob({ type: 'slow', data: {} });
    await site.jobs.running(id);
    await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
    const html = await site.html('/');
    expect(rows(html)).toBe(2);
    expect(html).toMatch(/<tr [^>]*data-key="(?<id>[^"]+)".*?Processing<.*<tr .*?>Delayed<.*in 1 min/);
    expect(html.indexOf(`data-key="${id}"`)).toBeLessThan(html.indexOf('>Delayed</span></td>'));
    end();
  });
});
