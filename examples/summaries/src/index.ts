// Summaries of many posts by a model that costs money: so many calls a day, and one report when all are done.
import { column, definePlugin, defineTable, token } from '@phraseworks/sdk';
import { z } from 'zod';

/** The host lends it: `createJobs({ services: [lend(Model, { summarise: (post, signal) => ... })] })`. */
export interface Model {
  /** Throws an error with `retryAfter` (seconds) if it is asked too often. */
  summarise(post: number, signal: AbortSignal): Promise<string>;
}
export const Model = token<Model>('summaries/model');

const Posts = z.object({ name: z.string(), posts: z.array(z.int()).min(1).max(5_000) });
const Post = z.object({ post: z.int() });
const Counts = z.object({ total: z.int(), completed: z.int(), failed: z.int(), cancelled: z.int() });
const End = z.object({ batch: z.string(), name: z.string(), data: z.unknown(), counts: Counts });

declare module '@phraseworks/sdk' {
  interface Actions {
    /** The host fires it when an editor asks for summaries. */
    'summaries:wanted': z.infer<typeof Posts>;
    /** The plugin fires it once for each of them. */
    'summaries:done': { name: string } & z.infer<typeof Counts>;
  }
  interface JobTypes {
    summary: { data: z.infer<typeof Post>; result: { characters: number } };
    summaries_done: { data: z.infer<typeof End>; result: null };
  }
}

const Summaries = defineTable(
  'pwj_summaries_posts',
  { post: column.integer(), text: column.text() },
  { key: ['post'] },
);

export default definePlugin({
  name: 'summaries',
  version: '0.1.0',
  title: 'Summaries',
  description: 'Lets a model summarise posts, within a budget.',
  sdk: '^0.1.0',
  config: z.object({
    budget: z.int().min(1).default(500).describe('Calls of the model in 24 hours, over all processes of the site.'),
    atOnce: z.int().min(1).default(4).describe('Calls at the same time.'),
  }),
  needs: { model: Model },
  tables: [Summaries],
  init(ctx) {
    const { budget, atOnce } = ctx.config;

    ctx.registerProcessor(
      'summary',
      async ({ post }, _id, _attempt, job) => {
        const text = await job
          .once('call', () => ctx.needs.model.summarise(post, job.signal))
          .catch((error: unknown) => {
            const { retryAfter } = error as { retryAfter?: number };
            if (retryAfter !== undefined) job.limited(retryAfter * 1_000, 'the model is busy');
            throw error;
          });
        await job.transaction(async (trx) => {
          await trx.deleteFrom('pwj_summaries_posts').where('post', '=', post).execute();
          await trx.insertInto('pwj_summaries_posts').values({ post, text }).execute();
          job.complete({ characters: text.length });
        });
      },
      {
        data: Post,
        key: ['post'],
        unique: { while: 'waiting' },
        limit: { rate: { n: budget, per: '1 day' }, concurrency: atOnce },
        example: { post: 17 },
      },
    );

    ctx.registerProcessor(
      'summaries_done',
      async ({ name, counts }) => {
        await ctx.doAction('summaries:done', { name, ...counts });
      },
      {
        data: End,
        example: { batch: 'b', name: 'May', data: null, counts: { total: 1, completed: 1, failed: 0, cancelled: 0 } },
      },
    );

    ctx.addAction('summaries:wanted', async ({ name, posts }) => {
      const jobs = posts.map((post) => ({ type: 'summary', data: { post } }));
      await ctx.addBatch({ name, onEnd: 'summaries_done' }, jobs);
    });
  },
});
