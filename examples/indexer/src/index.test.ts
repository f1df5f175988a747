// How often posts are indexed and what is found, and the suite that every plugin should pass.
import { lend } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import search, { Posts } from './index.ts';

/** The posts of a CMS, by their ids. */
function content() {
  const texts = new Map<number, string>();
  const reads: number[] = [];
  const text = async (post: number) => {
    reads.push(post);
    return texts.get(post) ?? null;
  };
  return { texts, reads, services: [lend(Posts, { text })] };
}

pluginContract(search, { host: { services: content().services } });

async function open() {
  const { texts, reads, services } = content();
  const jobs = await createTestJobs({ plugins: { search: { use: search } }, services });
  return {
    jobs,
    reads,
    async save(post: number, text: string | null) {
      if (text === null) texts.delete(post);
      else texts.set(post, text);
      await jobs.doAction('search:changed', { post, title: `Post ${post}` });
    },
    find: async (q: string) =>
      (await jobs.request(`/plugins/search/public/?q=${q}`, { as: 'anonymous' })).json() as Promise<unknown>,
    [Symbol.asyncDispose]: () => jobs.stop(),
  };
}

test('ten saves of a post are one run, with its last text', async () => {
  await using cms = await open();
  await cms.save(2, 'another post');
  for (let n = 1; n <= 10; n += 1) {
    await cms.save(1, `draft number ${n} of a post`);
    await cms.jobs.advance(1_000);
  }
  await cms.jobs.advance(10_000);
  expect(cms.reads.sort()).toEqual([1, 2]);
  expect(await cms.find('post')).toEqual({ posts: [2, 1] });
  expect([await cms.find('10'), await cms.find('9')]).toEqual([{ posts: [1] }, { posts: [] }]);
});

test('a post that is saved all the time is indexed after two minutes, and once more when it is quiet', async () => {
  await using cms = await open();
  for (let n = 0; n < 25; n += 1) {
    await cms.save(1, `draft ${n}`);
    await cms.jobs.advance(5_000);
  }
  expect(cms.reads).toEqual([1]);
  await cms.jobs.advance(10_000);
  expect(cms.reads).toEqual([1, 1]);
});

test('a deleted post is found no more', async () => {
  await using cms = await open();
  await cms.save(1, 'gone soon');
  await cms.jobs.advance(10_000);
  await cms.save(1, null);
  await cms.jobs.advance(10_000);
  expect(await cms.find('gone')).toEqual({ posts: [] });
});
