// Buttons: their effects, who sees them, and the pages that may submit them.

import { definePlugin, type Processor } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../test/site.ts';

const ACT = '/act';
/** The addresses of the forms on a page, below the mount point. */
const formsIn = (html: string): string[] =>
  addressesIn(html)
    .filter((to) => to.startsWith(BASE + ACT))
    .map((to) => to.slice(BASE.length));

describe('the buttons of a job', () => {
  test('change nothing if they come too late, and the page says why', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const answer = await site.submit(`${ACT}?kind=job&name=${id}&step=cancel&back=/job/${id}`);
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?refused=NOT_CANCELLABLE`);
    expect(await site.html(`/job/${id}?refused=NOT_CANCELLABLE`)).toContain('the job had already finished');
  });

  test.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'never lead to another site: %s',
    async (back) => {
      await using site = await openSite();
      const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
      await site.jobs.idle();
      const answer = await site.submit(`${ACT}?kind=job&name=${id}&step=retry&back=${encodeURIComponent(back)}`);
      expect(answer.headers.get('location')).toBe(`${BASE}?notice=job.retry&job=${id}`);
    },
  );
});

/** What an answer lets `Undo` take back. */
const undoAfter = ({ headers }: Response): string =>
  decodeURIComponent(/^phraseworks-jobs-undo-\w+=([^;]*);/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '');

/** Its second job stays ready while its first one runs. */
const oneAtATime = definePlugin({
  name: 'one',
  init(ctx) {
    const untilCancelled: Processor = (_data, _id, _attempt, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ success: false, error: 'cancelled' })));
    ctx.registerProcessor('one', untilCancelled, { concurrency: 1 });
  },
});

test('a pause and a cancel of a ready job can be undone in its own tab; a cancel of a delayed one cannot, because it would run at once', async () => {
  await using site = await openSite({ plugins: { one: oneAtATime } });
  const cancel = async (delay: number) => {
    const { id } = await site.jobs.addJob({ type: 'one', data: {}, delay });
    return { id, answer: await site.submit(`${ACT}?kind=job&name=${id}&step=cancel`) };
  };
  const first = await site.jobs.addJob({ type: 'one', data: {} });
  expect(undoAfter((await cancel(60_000)).answer)).toBe('');
  const paused = await site.submit(`${ACT}?kind=pause&name=type:mail&step=begin`);
  await site.jobs.pauses.resume('type', 'mail');
  const cancelled = await cancel(0);
  const addressOf = ({ headers }: Response) => headers.get('location')?.slice(BASE.length) ?? '';
  const cookie = [paused, cancelled.answer].map(({ headers }) => headers.get('set-cookie')?.split(';')[0]).join('; ');
  const undo = async (path: string) => {
    const html = await (await site.get(path, 'admin', { cookie })).text();
    return formsIn(html.split('<main')[0] ?? '').find((to) => /step=re(?:sume|try)/.test(to)) ?? '';
  };
  const resume = `${ACT}?kind=pause&step=resume&name=type%3Amail&back=%2F`;
  expect(await undo(addressOf(paused))).toContain(resume);
  const onList = await undo(addressOf(paused).replace('?', '?type=mail&'));
  expect(onList).toContain(`${resume}%3Ftype%3Dmail`);
  expect(await undo(addressOf(cancelled.answer))).toContain(`kind=job&step=retry&name=${cancelled.id}`);
  expect(await undo(addressOf(paused).replace('pause.begin', 'job.cancel'))).toBe('');
  for (const path of [`/job/${cancelled.id}`, '/plugin/mail']) {
    await site.jobs.pauses.pause({ kind: 'type', name: 'mail' });
    const resumed = await site.submit(await undo(addressOf(paused).replace(/^.*\?/, `${path}?`)));
    expect(addressOf(resumed)).toBe(`${path}?notice=pause.resume`);
  }
  expect(await undo(`/?notice=job.cancel&undo=${cancelled.id}`)).toBe('');
  await site.jobs.cancelJob(first.id);
});

test('an earlier pause cannot be undone', async () => {
  await using site = await openSite();
  const undo = async (path: string) => undoAfter(await site.submit(path));
  const begin = `${ACT}?kind=pause&name=type:mail&step=begin`;
  expect([await undo(begin), await undo(begin)]).toEqual(['pause.begin type:mail', '']);
  await site.jobs.pauses.resume('type', 'mail');
  const pause = `${ACT}?kind=schedule&name=mail%2Fdigest&step=pause`;
  expect([await undo(pause), await undo(pause)]).toEqual(['schedule.pause mail/digest', '']);
});

test('every code with which a form can be refused is explained', async () => {
  await using site = await openSite();
  for (const code of ['VETOED', 'INVALID_DATA', 'UNKNOWN_TYPE', 'PAYLOAD_TOO_LARGE', 'IDEMPOTENCY_CONFLICT']) {
    expect(await site.html(`/?refused=${code}`)).not.toContain('see the server log');
  }
});

describe('an action is refused', () => {
  test('without the right to it: there is no button, and its address refuses', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { fail: 'full' } });
    await site.jobs.idle();
    expect(await site.html(`/job/${id}`, 'user')).not.toContain('<form method="post"');
    const answer = await site.submit(`${ACT}?kind=job&name=${id}&step=retry&back=/job/${id}`, 'user');
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
    'kind=pause&name=queue:mail&step=begin',
    'plugin=mail&panel=box&post=empty',
    '',
  ])('if it does not exist: %s', async (query) => {
    await using site = await openSite();
    expect((await site.submit(`${ACT}?${query}`)).status).toBe(404);
  });
});
