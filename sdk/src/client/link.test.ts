// The subscriptions of a link, confirmed or refused by the server.
import { expect, test } from 'vitest';
import { type LineEvents, type LinkMessage, openLink } from './link.ts';

/** A link whose other side is the test. */
async function rig() {
  const sent: string[] = [];
  let on: LineEvents | undefined;
  const opening = { wanted: undefined, since: undefined, signal: new AbortController().signal };
  const opened = openLink({ ...opening, hear: () => {}, lost: () => {} }, (events) => {
    on = events;
    return { close: () => {}, send: (text) => sent.push(text) };
  });
  const say = (message: LinkMessage): void => on?.message(message);
  say({ type: 'hello', id: 1, heartbeat: 30_000 });
  return { link: await opened, say, sent };
}

const names = (...jobs: string[]) => ({ jobs, types: [] });

test('a refused subscription is not mistaken for the next confirmed one', async () => {
  const { link, say, sent } = await rig();
  link.subscribe(names('refused'));
  link.subscribe(names('a'));
  say({ type: 'error', detail: 'refused' });
  expect(link.asked).toEqual([undefined, names('a')]);
  say({ type: 'subscribed', id: 2 });
  expect(link.asked).toEqual([names('a')]);
  link.check();
  expect(sent.at(-1)).toBe(sent.at(-2));
  link.close();
});

test('unconfirmed subscriptions count with confirmed ones, because names may be missing meanwhile', async () => {
  const { link, say } = await rig();
  link.subscribe(names('a'));
  link.subscribe(undefined);
  expect(link.asked).toEqual([undefined, names('a'), undefined]);
  say({ type: 'subscribed', id: 2 });
  say({ type: 'subscribed', id: 3 });
  expect(link.asked).toEqual([undefined]);
  link.close();
});
