// Acting on many jobs, and pausing: as plain forms do it.
import { describe, expect, test } from 'vitest';
import { BASE, openSite, type Site } from '../../test/site.ts';

const failed = async (site: Site, n: number): Promise<string[]> => {
  const added = await site.jobs.addJobs(
    Array.from({ length: n }, (_, i) => ({ type: 'mail', data: { to: `u${i}`, fail: 'full' } })),
  );
  await site.jobs.idle();
  return added.map(({ id }) => id);
};

/** Where the answer leads, below the mount point. */
const back = (answer: Response): string => (answer.headers.get('location') ?? '').slice(BASE.length);

describe('the selected jobs', () => {
  test('are retried if possible, and the page reports both numbers', async () => {
    await using site = await openSite();
    const [first = '', second = ''] = await failed(site, 2);
    const { id: waiting } = await site.jobs.addJob({ type: 'mail', data: {}, delay: 60_000 });
    const body = new URLSearchParams([
      ['id', first],
      ['id', waiting],
      ['id', 'none'],
      ['step', 'retry'],
    ]);
    const answer = await site.submit('/act/jobs?scope=chosen&q=full', 'admin', undefined, body);
    expect(back(answer)).toBe('?q=full&notice=chosen&step=retry&done=1&left=2');
    expect(await site.html(back(answer))).toContain('1 job queued again. 2 jobs skipped');
    await site.jobs.idle();
    expect(await site.jobs.getJobAttempts(first)).toHaveLength(2);
    expect(await site.jobs.getJobAttempts(second)).toHaveLength(1);
  });

  test('must be selected first', async () => {
    await using site = await openSite();
    const answer = await site.submit(
      '/act/jobs?scope=chosen',
      'admin',
      undefined,
      new URLSearchParams({ step: 'retry' }),
    );
    expect(back(answer)).toBe('?refused=NOTHING_CHOSEN');
    expect(await site.html(back(answer))).toContain('select at least one job.');
  });
});

test('an action on all matching jobs is offered only where it does something, and deletion takes its word', async () => {
  await using site = await openSite();
  await failed(site, 1);
  await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
  await site.jobs.addJob({ type: 'mail', data: { to: 'later' }, delay: 60_000 });
  await site.jobs.idle();
  const offered = async (query: string) => {
    const html = await site.html(`/${query}`);
    return [...html.matchAll(/ask=(\w+)"/g)].map(([, act]) => act);
  };
  expect(await offered('')).toEqual(['retry', 'run', 'cancel', 'delete']);
  expect(await offered('?status=delayed')).toEqual(['run', 'cancel', 'delete']);
  expect(await offered('?q=ada')).toEqual(['delete']);
  await site.jobs.plugins.disable('mail');
  expect(await offered('')).toEqual(['retry', 'cancel', 'delete']);
  const body = new URLSearchParams({ typed: 'no' });
  const answer = await site.submit('/act/jobs?scope=all&step=delete', 'admin', undefined, body);
  expect(back(answer)).toBe('?ask=delete&refused=NOT_TYPED');
});

test('a type is paused from its list and its page, unless it is paused or the type of bulk actions', async () => {
  await using site = await openSite();
  await failed(site, 1);
  await site.submit('/act/jobs?scope=all&step=retry&status=failed');
  await site.jobs.idle();
  const offers = async (type: string) =>
    Promise.all([`/?type=${type}`, `/types/${type}`].map(async (at) => /step=begin/.test(await site.html(at))));
  expect([await offers('mail'), await offers('jobs.bulk')]).toEqual([
    [true, true],
    [false, false],
  ]);
  await site.submit('/act?kind=pause&name=type:mail&step=begin');
  expect(await offers('mail')).toEqual([false, false]);
});

describe('a bulk action is refused', () => {
  test('without the right to it: no checkbox, no button, and the address refuses', async () => {
    await using site = await openSite();
    const [id = ''] = await failed(site, 1);
    const html = await site.html('/', 'user');
    expect(html).not.toMatch(/type="checkbox"|method="post"|ask=/);
    const body = new URLSearchParams({ id, step: 'delete' });
    expect(back(await site.submit('/act/jobs?scope=chosen', 'user', undefined, body))).toBe('?refused=FORBIDDEN');
    expect(back(await site.submit('/act/jobs?scope=all&step=delete', 'user'))).toBe('?refused=FORBIDDEN');
    expect(back(await site.submit('/act?kind=pause&name=type:mail&step=begin', 'user'))).toBe('?refused=FORBIDDEN');
    expect(String(await site.jobs.getJobStatus(id))).toBe('failed');
  });

  test.each(['/act/jobs?scope=all&step=purge', '/act/jobs'])('if it does not exist: %s', async (path) => {
    await using site = await openSite();
    expect((await site.submit(path)).status).toBe(404);
  });
});
