// docs/api.md lists exactly the existing error codes, events and messages.
import { ERRORS } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { publicState, STEPS } from '../../core/src/job/lifecycle.ts';
import { CLOSE } from '../../core/src/live/client.ts';
import { type Heard, Listener } from '../support/listener.ts';
import { openLiveSite, post } from '../support/live-site.ts';
import { bare, fencesOf, rowsOf, sectionOf } from './markdown.ts';

const PAGE = 'docs/api.md';

const firstCells = (section: string): string[] => rowsOf(sectionOf(PAGE, section)).map(([cell]) => bare(cell));

test('exactly the existing error codes are listed, with their statuses', () => {
  const listed = rowsOf(sectionOf(PAGE, 'Errors')).map(([code, status]) => [bare(code), Number(status)]);
  expect(Object.fromEntries(listed)).toEqual(
    Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
  );
});

test('exactly the existing events are listed, with the state after each', () => {
  const steps = Object.values(STEPS).flatMap(({ event, to }) => (event ? [[event, publicState(to)] as const] : []));
  const listed = rowsOf(sectionOf(PAGE, 'Messages of the server')).map(([event, state]) => [bare(event), bare(state)]);
  expect(Object.fromEntries(listed)).toEqual({ ...Object.fromEntries(steps), job_progress: 'processing' });
});

test('every code with which the server closes a connection is listed', () => {
  expect(firstCells('When the server hangs up').map(Number).sort()).toEqual(Object.values(CLOSE).sort());
});

test('the messages match the examples', async () => {
  await using site = await openLiveSite();
  site.jobs.registerProcessor('greet', async () => ({ success: true, result: { greeted: true } }));
  await using client = await Listener.open(`${site.ws}?since=999999999999`);
  client.send({ type: 'subscribe' });
  client.send({ type: 'nonsense' });
  await site.jobs.addJob({ type: 'greet', data: {} });
  const has = (test: (message: Heard) => boolean) => client.heard.some(test);
  const wanted = ['resync', 'subscribed', 'error'];
  await client.until(() => wanted.every((type) => has((one) => one.type === type)) && has(isCompleted));

  const shown = fencesOf(PAGE)
    .filter(({ lang }) => lang === 'json')
    .map(({ code }) => JSON.parse(code) as Heard);
  const messages = shown.filter(({ type }) => [...wanted, 'hello', 'job_update'].includes(type));
  expect(messages.map(({ type }) => type)).toEqual(['hello', 'job_update', 'subscribed', 'resync', 'error']);
  for (const message of messages) {
    const real = client.heard.find(({ type, data }) => type === message.type && (!data || isCompleted({ type, data })));
    expect(shapeOf(message)).toEqual(shapeOf(real));
  }
});

test('an error matches the example', async () => {
  await using site = await openLiveSite({ plugins: { email: true } });
  const answer = await post(`${site.url}/api/jobs`, { type: 'email', data: { to: 'nobody', template: 'welcome' } });
  const shown = fencesOf(PAGE).find(({ lang, code }) => lang === 'json' && code.includes('"title"'));
  expect(await answer.json()).toEqual(JSON.parse(shown?.code ?? ''));
});

const isCompleted = ({ data }: Heard): boolean => data?.event === 'job_completed';

/** The names of the fields, those inside `data` too. */
const shapeOf = (message: Heard | undefined): string[][] => [
  Object.keys(message ?? {}).sort(),
  Object.keys(message?.data ?? {}).sort(),
];
