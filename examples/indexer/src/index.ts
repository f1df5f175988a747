// Finds posts by their words. However often a post is saved, it is indexed once, when it has been quiet for a while.
import { column, definePlugin, defineTable, token } from '@phraseworks/sdk';
import { z } from 'zod';

/** The host provides it: `createJobs({ services: [lend(Posts, { text: (post) => ... })] })`. */
export interface Posts {
  /** What the post says now; null if it was deleted. */
  text(post: number): Promise<string | null>;
}
export const Posts = token<Posts>('search/posts');

const Post = z.object({ post: z.int(), title: z.string() });

declare module '@phraseworks/sdk' {
  interface Actions {
    /** The host fires it after each change of a post. */
    'search:changed': z.infer<typeof Post>;
  }
  interface JobTypes {
    search_index: { data: z.infer<typeof Post>; result: { words: number } };
  }
}

const Words = defineTable(
  'pwj_search_words',
  { word: column.text(40), post: column.integer() },
  { key: ['word', 'post'], indexes: [['post']] },
);
const MOST_WORDS = 5_000;

export default definePlugin({
  name: 'search',
  version: '0.1.0',
  title: 'Search',
  description: 'Finds posts by their words.',
  sdk: '^0.1.0',
  config: z.object({
    quiet: z.string().default('10 seconds').describe('A post is indexed when it has not changed for so long,'),
    maxWait: z.string().default('2 minutes').describe('and at the latest so long after its first change.'),
  }),
  needs: { posts: Posts },
  tables: [Words],
  init(ctx) {
    const { quiet, maxWait } = ctx.config;

    ctx.registerProcessor(
      'search_index',
      async ({ post }) => {
        const words = wordsOf((await ctx.needs.posts.text(post)) ?? '');
        // No other run of this post does the same now: those of one key follow each other.
        await ctx.db.transaction().execute(async (trx) => {
          await trx.deleteFrom('pwj_search_words').where('post', '=', post).execute();
          const rows = words.map((word) => ({ word, post }));
          if (rows.length > 0) await trx.insertInto('pwj_search_words').values(rows).execute();
        });
        return { success: true, result: { words: words.length } };
      },
      {
        data: Post,
        key: ['post'],
        unique: { onConflict: 'replace', quiet, maxWait },
        summary: ({ post, title }) => `${title} (${post})`,
        example: { post: 17, title: 'Hello world' },
      },
    );

    ctx.addAction('search:changed', (data) => ctx.addJob({ type: 'search_index', data }));

    ctx.publicRoutes.get('/', async (c) => {
      const [word = ''] = wordsOf(c.req.query('q') ?? '');
      const found = ctx.db.selectFrom('pwj_search_words').select('post').where('word', '=', word);
      const rows = await found.orderBy('post', 'desc').limit(50).execute();
      return c.json({ posts: rows.map(({ post }) => post) });
    });
  },
});

const wordsOf = (text: string): string[] =>
  [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,40}/gu))].slice(0, MOST_WORDS);
