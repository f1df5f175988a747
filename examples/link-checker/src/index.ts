// Checks the links of a site once a night, and asks no host more often than it likes.
import { block, column, definePlugin, defineTable } from '@phraseworks/sdk';
import { z } from 'zod';

const LONGEST = 700;
const AT_ONCE = 1_000;
const BROKEN = 400;
/** Milliseconds. */
const PATIENCE = 10_000;

const Address = z.url({ protocol: /^https?$/ }).max(LONGEST);
const Link = z.object({ url: Address, host: z.string() });
const isLink = (url: string): boolean => Address.safeParse(url).success;
const checkOf = (url: string) => ({ type: 'check_link', data: { url, host: new URL(url).host } }) as const;

declare module '@phraseworks/sdk' {
  interface Actions {
    /** The host fires it with the links of each post that is saved. */
    'links:found': { urls: string[] };
  }
  interface JobTypes {
    check_link: { data: z.infer<typeof Link>; result: { status: number } };
  }
}

const Found = defineTable(
  'pwj_links_found',
  /** `status` is 0 if the host does not answer. */
  { url: column.text(LONGEST), status: column.integer(), checked_at: column.integer() },
  { key: 'url', indexes: [['status']] },
);

export default definePlugin({
  name: 'links',
  version: '0.1.0',
  title: 'Links',
  description: 'Checks the links of the site.',
  sdk: '^0.1.0',
  config: z.object({ perMinute: z.int().min(1).default(20).describe('Requests to the same host, of all processes.') }),
  tables: [Found],
  async init(ctx) {
    ctx.registerProcessor(
      'check_link',
      async ({ url }, _jobId, _attempt, job) => {
        const signal = AbortSignal.any([job.signal, AbortSignal.timeout(PATIENCE)]);
        const answer = await fetch(url, { method: 'HEAD', signal }).catch((error: unknown) => {
          // A host may be away for a moment; only the last attempt takes it for broken.
          if (!job.isLast || job.signal.aborted) throw error;
          return null;
        });
        // Closes this host, for every process, and no other.
        if (answer?.status === 429) job.limited(retryAfter(answer), 'the host wants fewer requests');
        const seen = { status: answer?.status ?? 0, checked_at: ctx.clock.now() };
        const row = ctx.db.insertInto('pwj_links_found').values({ url, ...seen });
        await row.onConflict((conflict) => conflict.column('url').doUpdateSet(seen)).execute();
        return { success: true, result: { status: seen.status } };
      },
      {
        data: Link,
        // Only this plugin adds jobs, so that visitors cannot make the site ask any address.
        access: 'none',
        key: ['url'],
        unique: { while: 'waiting' },
        limit: { rate: { n: ctx.config.perMinute, per: '1 minute' }, by: 'host' },
        summary: ({ url }) => url,
        example: checkOf('https://example.com/').data,
      },
    );
    ctx.registerProcessor(
      'check_all_links',
      async () => {
        const links = await ctx.db.selectFrom('pwj_links_found').select('url').execute();
        for (let from = 0; from < links.length; from += AT_ONCE)
          await ctx.addJobs(links.slice(from, from + AT_ONCE).map(({ url }) => checkOf(url)));
        return { links: links.length };
      },
      { unique: { while: 'active' } },
    );

    ctx.addAction('links:found', ({ urls }) => ctx.addJobs(urls.filter(isLink).map(checkOf)));
    await ctx.scheduleJob({ name: 'nightly', schedule: '0 3 * * *', jobData: { type: 'check_all_links', data: {} } });
    ctx.routes.post('/check', async (c) => {
      const { id: jobId, outcome } = await ctx.addJob({ type: 'check_all_links', data: {} });
      return c.json({ jobId, outcome }, 202);
    });
    ctx.panel({
      id: 'broken',
      title: 'Broken links',
      data: async () => {
        const broken = ctx.db.selectFrom('pwj_links_found').selectAll().orderBy('url').limit(100);
        const rows = await broken.where((e) => e.or([e('status', '>=', BROKEN), e('status', '=', 0)])).execute();
        const cells = rows.map((row) => [row.url, row.status || 'no answer', ctx.clock.iso(row.checked_at)]);
        return [
          block.table(['Link', 'Answer', 'Checked'], cells),
          block.action('Check all now', '/plugins/links/check'),
        ];
      },
    });
  },
});

/** In seconds, or a date; a minute if the host does not say. */
function retryAfter({ headers }: Response): number | Date {
  const text = headers.get('retry-after') ?? '60';
  return /^\d+$/.test(text) ? Number(text) * 1_000 : new Date(text);
}
