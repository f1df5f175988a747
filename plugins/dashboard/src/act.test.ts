// Buttons: what they do, for whom they are there, and from where they may be pressed.
import type { Block } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../test/site.ts';
import { REFUSALS } from './pages.tsx';

const ACT = '/act';
/** The addresses of the forms on a page, below the mount point. */
const formsIn = (html: string): string[] =>
  addressesIn(html)
    .filter((to) => to.startsWith(BASE + ACT))
    .map((to) => to.slice(BASE.length));

describe('the buttons of a job', () => {
  test('put a failed job back, and the page says so', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { fail: 'full' } });
    await site.jobs.idle();
    const [retry = ''] = formsIn(await site.html(`/job/${id}`));
    const answer = await site.submit(retry);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=retry`);
    await site.jobs.idle();
    expect(await site.jobs.getJobAttempts(id)).toHaveLength(2);
    expect(await site.html(`/job/${id}?notice=retry`)).toContain('Job queued again.');
  });

  test('let a delayed job run now, or cancel it', async () => {
    await using site = await openSite();
    const delayed = { type: 'mail', data: { to: 'ada' }, delay: 600_000 };
    const [first, second] = await site.jobs.addJobs([delayed, delayed]);
    const [run = ''] = formsIn(await site.html(`/job/${first?.id}`));
    const [, cancel = ''] = formsIn(await site.html(`/job/${second?.id}`));
    await site.submit(run);
    await site.submit(cancel);
    await site.jobs.idle();
    expect(String(await site.jobs.getJobStatus(first?.id ?? ''))).toBe('completed');
    expect(String(await site.jobs.getJobStatus(second?.id ?? ''))).toBe('cancelled');
  });

  test('that come too late change nothing, and the page says why', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const answer = await site.submit(`${ACT}?kind=job&name=${id}&step=cancel`);
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?refused=NOT_CANCELLABLE`);
    expect(await site.html(`/job/${id}?refused=NOT_CANCELLABLE`)).toContain('the job had already finished');
  });
});

test('each button is told apart, so that a renewal of the page makes none into another one', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: {}, delay: 60_000 });
  const html = await site.html(`/job/${id}`);
  const keyOf = (step: string) => `data-key="kind=job&amp;name=${id}&amp;step=${step}"`;
  expect(html).toMatch(new RegExp(`<form [^>]*${keyOf('cancel')}`));
  expect(html).toMatch(new RegExp(`<details class="confirm" ${keyOf('delete')}`));
  expect(html).toMatch(/<a class="button" data-key="duplicate"/);
});

test('a schedule is paused, resumed and run', async () => {
  await using site = await openSite();
  for (const step of ['pause', 'resume', 'run']) {
    const answer = await site.submit(`${ACT}?kind=schedule&name=mail%2Fdigest&step=${step}`);
    expect(answer.headers.get('location')).toBe(`${BASE}/schedules?notice=${step}`);
    expect((await site.jobs.schedules.list())[0]?.paused).toBe(step === 'pause');
  }
  await site.jobs.idle();
  expect((await site.jobs.listJobs()).jobs).toHaveLength(1);
});

test('on its own page a schedule is acted on without leaving it, until it is deleted', async () => {
  await using site = await openSite();
  const page = '/schedule/mail/digest';
  const there = async (step: string) => {
    const [form = ''] = formsIn(await site.html(page)).filter((to) => to.includes(`step=${step}`));
    return (await site.submit(form)).headers.get('location');
  };
  for (const step of ['run', 'pause', 'resume']) expect(await there(step)).toBe(`${BASE}${page}?notice=${step}`);
  expect(await there('delete')).toBe(`${BASE}/schedules?notice=scheduleDeleted`);
  expect((await site.submit(`${ACT}?kind=schedule&name=mail%2Fnone&step=run&at=page`)).headers.get('location')).toBe(
    `${BASE}/schedule/mail/none?refused=SCHEDULE_NOT_FOUND`,
  );
});

test('every code with which a form can be refused is told in words', async () => {
  await using site = await openSite();
  const refusals = [400, 401, 403, 404, 409, 413, 415, 422, 429, 503];
  expect(refusals.filter((status) => REFUSALS[status] === undefined)).toEqual([]);
  for (const code of ['VETOED', 'INVALID_DATA', 'UNKNOWN_TYPE', 'PAYLOAD_TOO_LARGE', 'IDEMPOTENCY_CONFLICT']) {
    expect(await site.html(`/?refused=${code}`)).not.toContain('see the server log');
  }
});

test('a plugin is switched off and on, and the list leads to what that would do', async () => {
  await using site = await openSite();
  const html = await site.html('/plugins');
  expect(html).toContain('data-follows="{}"');
  expect(addressesIn(html)).toContain(`${BASE}/plugin/mail?preview=disable`);
  expect(addressesIn(html)).not.toContain(`${BASE}/plugin/dashboard?preview=disable`);
  await site.submit(`${ACT}?kind=plugin&name=mail&step=disable`);
  expect(await site.html('/plugins')).toContain('<span class="state off">off</span>');
  await site.submit(`${ACT}?kind=plugin&name=mail&step=enable`);
  expect(site.jobs.info().plugins.mail).toBe('on');
});

test('a panel offers its actions, and only those can be called', async () => {
  const called: string[] = [];
  const blocks: Block[] = [{ type: 'action', label: 'Empty it', post: '/empty', confirm: 'All mails go.' }];
  await using site = await openSite({ panel: () => blocks, called });
  const html = await site.html('/panels/mail/box');
  expect(html).toContain('All mails go.');
  expect(html).toContain('data-follows="{}"');
  const [empty = ''] = formsIn(html);
  expect((await site.submit(empty)).headers.get('location')).toBe(`${BASE}/panels/mail/box?notice=panel`);
  expect(called).toEqual(['/empty']);
  blocks.length = 0;
  expect((await site.submit(empty)).headers.get('location')).toBe(`${BASE}/panels/mail/box?refused=NOT_FOUND`);
  expect(called).toEqual(['/empty']);
});

describe('nobody presses a button', () => {
  test('without the right to: there is none, and its address refuses', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { fail: 'full' } });
    await site.jobs.idle();
    expect(await site.html(`/job/${id}`, 'user')).not.toContain('<form method="post"');
    const answer = await site.submit(`${ACT}?kind=job&name=${id}&step=retry`, 'user');
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?refused=FORBIDDEN`);
    expect(String(await site.jobs.getJobStatus(id))).toBe('failed');
  });

  test.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example', host: 'cms.example' }])(
    'from a page of another site: %j',
    async (headers) => {
      await using site = await openSite();
      const { id } = await site.jobs.addJob({ type: 'mail', data: {}, delay: 60_000 });
      expect((await site.submit(`${ACT}?kind=job&name=${id}&step=cancel`, 'admin', headers)).status).toBe(403);
      expect(String(await site.jobs.getJobStatus(id))).toBe('pending');
    },
  );

  test.each([
    'kind=job&name=x&step=purge',
    'kind=job&name=&step=retry',
    'kind=constructor&name=x&step=retry',
    'kind=plugin&name=mail&step=config',
    'plugin=mail&panel=box&post=empty',
    '',
  ])('that is none of ours: %s', async (query) => {
    await using site = await openSite();
    expect((await site.submit(`${ACT}?${query}`)).status).toBe(404);
  });
});
